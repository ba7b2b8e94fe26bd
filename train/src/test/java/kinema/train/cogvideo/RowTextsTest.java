package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.text.StageTexts;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of batches of rows: how long they are, and what stands in place of captions that are left out. */
class RowTextsTest {
    private static final double ALL = 1 - 1e-12;

    @TempDir
    static Path folder;

    private static IceVocabulary words;

    @BeforeAll
    static void tokenize() throws IOException {
        Path model = SmallTokenizer.write(folder.resolve("model"));
        new SmallRuns(folder).tokenize(model);
        words = new CogVideoFiles(model).vocabulary(SmallTokenizer.IMAGE.codes());
    }

    @Test
    void textsAreAsLongAsTheLongest() {
        Scopes.run(() -> {
            try (TokenRows rows = open("pictures", TokenRecipe.Rows.PICTURES)) {
                List<Row> some = rows.rows().subList(0, 5);
                RowTexts.Batch batch = RowTexts.ofPictures(0, words).of(rows, some, new SplittableRandom(1));
                long longest = some.stream()
                        .mapToLong(row -> stored(rows, row).length)
                        .max()
                        .orElseThrow();
                assertThat(longest).isLessThan(rows.text(some).size(1));
                assertThat(batch.ids().shape()).containsExactly(5, longest);
                for (int i = 0; i < 5; i++) {
                    assertThat(text(batch, i)).containsExactly(stored(rows, some.get(i)));
                }
            }
        });
    }

    @Test
    void aPictureWithoutCaptionIsAnyPicture() {
        Scopes.run(() -> {
            try (TokenRows rows = open("pictures", TokenRecipe.Rows.PICTURES)) {
                RowTexts.Batch batch = RowTexts.ofPictures(ALL, words).of(rows, rows.rows(), new SplittableRandom(1));
                for (int i = 0; i < rows.rows().size(); i++) {
                    assertThat(text(batch, i)).containsExactly(StageTexts.anyPicture(words));
                }
            }
        });
    }

    @Test
    void aClipWithoutCaptionKeepsItsSeconds() {
        Scopes.run(() -> {
            try (TokenRows rows = open("clips", TokenRecipe.Rows.CLIPS)) {
                RowTexts.Batch batch = RowTexts.ofClips(ALL, words).of(rows, rows.rows(), new SplittableRandom(1));
                for (int i = 0; i < rows.rows().size(); i++) {
                    long[] whole = stored(rows, rows.rows().get(i));
                    long[] seconds = LongStream.of(whole)
                            .takeWhile(id -> id != words.newline())
                            .toArray();
                    assertThat(text(batch, i))
                            .containsExactly(
                                    Stream.of(seconds, new long[] {words.newline()}, StageTexts.anyVideo(words))
                                            .flatMapToLong(LongStream::of)
                                            .toArray());
                }
            }
        });
    }

    private static TokenRows open(String name, TokenRecipe.Rows kind) {
        return TokenRows.open(folder.resolve(name), kind);
    }

    /** A row's text as it lies on disk, without padding. */
    private static long[] stored(TokenRows rows, Row row) {
        return present(Tensors.longs(rows.text(List.of(row))), rows.present(List.of(row)));
    }

    private static long[] text(RowTexts.Batch batch, int row) {
        return present(
                Tensors.longs(batch.ids().narrow(0, row, 1)), batch.present().narrow(0, row, 1));
    }

    private static long[] present(long[] ids, Tensor present) {
        long count = Arrays.stream(Tensors.longs(present.to(ScalarType.Long))).sum();
        return Arrays.copyOfRange(ids, ids.length - (int) count, ids.length);
    }
}
