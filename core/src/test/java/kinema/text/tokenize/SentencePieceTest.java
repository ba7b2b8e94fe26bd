package kinema.text.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kinema.testing.Proto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceTest {
    private static final Path CASES = TokenCases.GOLDEN.resolve("text/sentencepiece.json");
    private static final Path T5 = TokenCases.GOLDEN.resolve("cogvideox/tokenizer/spiece.model");
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int BYTE = 6;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"unigram", "unigram-bytes", "unigram-suffix", "bpe", "bpe-bytes", "unigram-symbols"})
    void idsAndTextsEqualTheReference(String name) throws IOException {
        JsonNode golden = new ObjectMapper().readTree(CASES.toFile()).path(name);
        SentencePiece vocabulary = read(golden.path("model").binaryValue());
        assertThat(golden.path("cases")).hasSizeGreaterThan(100);
        for (JsonNode c : golden.path("cases")) {
            int[] ids = new ObjectMapper().convertValue(c.path("ids"), int[].class);
            assertThat(vocabulary.encode(c.path("text").asText()))
                    .as(c.path("text").asText())
                    .isEqualTo(ids);
            assertThat(vocabulary.decode(ids))
                    .as(c.path("text").asText())
                    .isEqualTo(c.path("decoded").asText());
        }
    }

    @Test
    void textsOfAnyLengthAreCut() throws IOException {
        SentencePiece vocabulary = SentencePiece.read(T5);
        String text = "a cat sits on the roof ".repeat(5000);
        assertThat(vocabulary.decode(vocabulary.encode(text))).isEqualTo(text.strip());
    }

    static Stream<Arguments> wrongModels() {
        return Stream.of(
                arguments(whole().bytes(1, piece("\0", -1, NORMAL)), "piece 2 is empty or has a zero byte"),
                arguments(whole().bytes(1, piece("", -1, NORMAL)), "piece 2 is empty or has a zero byte"),
                arguments(whole().bytes(1, new Proto().bytes(1, (byte) 0xff).end()), "piece 2 is not in UTF-8"),
                arguments(whole().bytes(1, piece("a", -1, NORMAL)), "the piece 'a' is in it twice"),
                arguments(whole().bytes(1, piece("b", Float.NaN, NORMAL)), "the score of piece 2 is no finite number"),
                arguments(whole().bytes(1, piece("b", Float.NEGATIVE_INFINITY, NORMAL)), "the score of piece 2 is no"),
                arguments(whole().bytes(1, piece("b", -1, 9)), "there is no type 9 of pieces"),
                arguments(
                        whole().bytes(1, piece("b", -1, UNKNOWN)), "it has 2 pieces for what is unknown, expected one"),
                arguments(new Proto().bytes(1, piece("a", -1, NORMAL)), "it has 0 pieces for what is unknown"),
                arguments(whole().bytes(1, piece("<0x00>", 0, BYTE)), "it has pieces for 1 of 256 bytes"),
                arguments(whole().bytes(1, piece("<0x01>", 0, BYTE)), "piece 2 must be <0x00>"),
                arguments(whole().bytes(2, new Proto().number(35, 1).end()), "it has pieces for 0 of 256 bytes"),
                arguments(
                        whole().bytes(2, new Proto().number(3, 4).end()),
                        "its type is 4; known are unigram (1) and BPE"),
                arguments(whole().bytes(1, new Proto().number(2, 7).end()), "field 2 is not a number of 32 bits"),
                arguments(whole().bytes(3, map(new int[256], "text")), "the texts of its character map do not end"),
                arguments(whole().bytes(3, map(new int[255], "\0")), "unit 0 of its character map is damaged"),
                arguments(whole().bytes(3, map(table(0xffff_fc00), "\0")), "unit 0 of its character map is damaged"),
                arguments(
                        whole().bytes(3, map(table(0x100, 0x8000_0009), "\0")),
                        "unit 0 of its character map is damaged"),
                arguments(
                        whole().bytes(3, new Proto().bytes(2, new byte[3]).end()),
                        "its character map of 3 bytes says that -1 of them are its table"),
                arguments(
                        whole().bytes(
                                        3,
                                        new Proto()
                                                .bytes(2, new byte[] {8, 0, 0, 0, 1, 2})
                                                .end()),
                        "its character map of 6 bytes says that 8 of them are its table"));
    }

    @ParameterizedTest
    @MethodSource("wrongModels")
    void modelsAreCheckedAsAWhole(Proto model, String message) {
        assertThatThrownBy(() -> read(model.end()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    @Test
    void damageEndsInAnIoExceptionOrInAnotherVocabulary() throws IOException {
        byte[] whole = Files.readAllBytes(T5);
        Random random = new Random(2);
        int refused = 0;
        for (int i = 0; i < 100; i++) {
            byte[] damaged = whole.clone();
            for (int flips = random.nextInt(8); flips >= 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                SentencePiece read = read(damaged);
                assertThat(Arrays.stream(read.encode("A cat\u00e9 \ufb01sh 1234 \u732b")))
                        .allMatch(id -> id >= 0 && id < read.size());
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, 99);
    }

    private SentencePiece read(byte[] model) throws IOException {
        return SentencePiece.read(Files.write(folder.resolve("spiece.model"), model));
    }

    private static Proto whole() {
        return new Proto().bytes(1, piece("<unk>", 0, UNKNOWN)).bytes(1, piece("a", -1, NORMAL));
    }

    private static byte[] piece(String text, float score, int type) {
        return new Proto().text(1, text).float32(2, score).number(3, type).end();
    }

    /** A table of 256 units that begins with these. */
    private static int[] table(int... first) {
        return IntStream.range(0, 256).map(i -> i < first.length ? first[i] : 0).toArray();
    }

    private static byte[] map(int[] units, String texts) {
        byte[] table = new byte[4 * units.length];
        ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(units);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(table.length)
                .array());
        all.writeBytes(table);
        all.writeBytes(texts.getBytes(StandardCharsets.UTF_8));
        return new Proto().bytes(2, all.toByteArray()).end();
    }
}
