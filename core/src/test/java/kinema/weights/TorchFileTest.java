package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Pickle;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TorchFileTest {
    private static final float[] NUMBERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

    @TempDir
    Path folder;

    @Test
    void everyTypeAndLayoutIsReadAsItWasWritten() throws URISyntaxException {
        Path types = Path.of(Objects.requireNonNull(TorchFileTest.class.getResource("types.pt"))
                .toURI());
        try (TorchFile file = TorchFile.open(types)) {
            for (String key : new String[] {
                "float", "half", "bfloat", "double", "long", "int", "short", "char", "byte", "parameter"
            }) {
                assertThat(file.tensors().get(key).shape()).as(key).containsExactly(3, 4);
                assertThat(floats(file, key)).as(key).containsExactly(NUMBERS);
            }
            assertThat(file.tensors().get("bfloat").dtype()).isEqualTo(ScalarType.BFloat16);
            assertThat(floats(file, "transposed")).containsExactly(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11);
            assertThat(floats(file, "slice")).containsExactly(8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23);
            assertThat(floats(file, "scalar")).containsExactly(7);
            assertThat(floats(file, "none")).isEmpty();
            assertThat(floats(file, "broadcast")).containsOnly(3).hasSize(12);
        }
    }

    @Test
    void statesOfTrainingAreFoundUnderTheirNames() {
        byte[] pickle = Pickle.start()
                .op('}')
                .text("module")
                .op('}')
                .text("w")
                .tensor("FloatStorage", 6, 0, 2, 3, 3)
                .op('s', 's')
                .end();
        try (TorchFile file = TorchFile.open(Pickle.file(folder.resolve("a.pt"), pickle))) {
            assertThat(file.tensors()).containsOnlyKeys("w");
            assertThat(floats(file, "w")).containsOnly(0).hasSize(6);
        }
    }

    @Test
    void aStateThatContainsItselfEnds() {
        byte[] pickle =
                Pickle.start().op('}', 'q', 0).text("module").op('h', 0, 's').end();

        assertThatThrownBy(() -> TorchFile.open(Pickle.file(folder.resolve("a.pt"), pickle)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("a.pt: holds no named tensors, neither at the top nor under model, module,");
    }

    static Stream<Arguments> wrongPickles() {
        return Stream.of(
                arguments(
                        Pickle.start()
                                .global("os", "system")
                                .text("true")
                                .op(0x85, 'R')
                                .end(),
                        "archive/data.pkl: a pickle that asks for code: os.system at byte 2; it is refused"),
                arguments(
                        state(Pickle.start().tensor("ComplexFloatStorage", 6, 0, 2, 3, 3)),
                        "storage of unknown type torch.ComplexFloatStorage; known: BFloat16Storage, BoolStorage,"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 7, 0, 2, 3, 3)),
                        "storage '0' should hold 7 numbers of F32, its 24 bytes cannot"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", -1, 0, 2, 3, 3)),
                        "storage '0' should hold -1 numbers of F32"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, 1, 2, 3, 3)),
                        "a tensor of shape (2, 3), strides (3, 1) and offset 1 does not lie within its storage of 6"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, 0, 2, 3, 4)), "does not lie within its storage"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, -1, 2, 3, 3)), "offset -1 does not lie within"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, 0, 2, 3, -3)),
                        "does not lie within its storage"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, 0, Integer.MAX_VALUE, Integer.MAX_VALUE, 3)),
                        "does not lie within its storage"),
                arguments(
                        Pickle.start().op('(').text("storage").op('t', 'Q').end(),
                        "a reference to something that is no storage of numbers"),
                arguments(
                        Pickle.start().global("torch", "Size").op(')', 'R').end(),
                        "torch.Size without what it is made of"),
                arguments(
                        Pickle.start()
                                .global("torch._utils", "_rebuild_parameter")
                                .op(')', 'R')
                                .end(),
                        "torch._utils._rebuild_parameter without what it is made of"),
                arguments(
                        state(Pickle.start().tensor("FloatStorage", 6, 0, 1_000_000, 1, 0)),
                        "a tensor of shape (1000000, 1), strides (0, 1) and offset 0 does not lie within its storage"),
                arguments(Pickle.start().op('N').end(), "holds no named tensors"));
    }

    @ParameterizedTest
    @MethodSource("wrongPickles")
    void picklesThatCannotBeAreRefused(byte[] pickle, String message) {
        assertThatThrownBy(() -> TorchFile.open(Pickle.file(folder.resolve("a.pt"), pickle)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("a.pt: ")
                .hasMessageContaining(message);
    }

    /** A list of 20,000 pairs, then a dictionary of it again and again: quadratic work from a linear program. */
    @Test
    void dictionariesTogetherAreBounded() {
        Pickle pickle = Pickle.start().op(']', 'q', 0, '(');
        for (int i = 0; i < 20_000; i++) {
            pickle.op('N', 'N', 0x86);
        }
        pickle.op('e');
        for (int i = 0; i < 60; i++) {
            pickle.global("collections", "OrderedDict").op('h', 0, 0x85, 'R', '0');
        }
        assertThatThrownBy(() -> TorchFile.open(Pickle.file(folder.resolve("a.pt"), pickle.end())))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("dictionaries of more than 1000000 entries together");
    }

    @Test
    void aKeyThatContainsItselfEndsNothing() {
        byte[] pickle = Pickle.start()
                .global("collections", "OrderedDict")
                .op(']', ']', 'q', 0, 'h', 0, 'a', 'N', 0x86, 'a', 0x85, 'R')
                .end();
        assertThatThrownBy(() -> TorchFile.open(Pickle.file(folder.resolve("a.pt"), pickle)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("holds no named tensors");
    }

    @Test
    void otherZipsAreNamed() throws IOException {
        byte[] empty = new byte[0];
        assertRefused(zip(Map.of("word/document.xml", empty)), "a zip with 0 entries named data.pkl, expected one");
        assertRefused(zip(Map.of("a/data.pkl", empty, "b/data.pkl", empty)), "a zip with 2 entries named data.pkl");
        assertRefused(
                zip(Map.of("a/data.pkl", empty, "a/byteorder", new byte[] {'b', 'i', 'g'})),
                "its byte order is 'big', expected 'little'");
        assertRefused(
                zip(Map.of("a/data.pkl", state(Pickle.start().tensor("FloatStorage", 6, 0, 2, 3, 3)))),
                "storage '0' is not in the file");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve("a.pt")))) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(new byte[100]);
        }
        assertRefused(folder.resolve("a.pt"), "'a/data.pkl' is compressed or encrypted");
    }

    @Test
    void filesThatAreNoZipAreNamed() throws IOException {
        Path file = folder.resolve("a.pt");
        assertRefused(file, "no such file");
        Files.write(file, new byte[0]);
        assertRefused(file, "not a zip file, as PyTorch writes them; download it again");
        Files.write(file, Pickle.start().op('N').end());
        assertRefused(file, "not a zip file, as PyTorch writes them; download it again");
        Files.writeString(file, "PK");
        assertRefused(file, "not a zip file (2 bytes)");
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        Path file = Pickle.file(folder.resolve("a.pt"), state(Pickle.start().tensor("FloatStorage", 6, 0, 2, 3, 3)));
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> TorchFile.open(file)).isInstanceOf(WeightsException.class);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length - 30));
        assertRefused(file, "the zip's directory, which ends the file, is not there; the file is cut off at byte");
    }

    private static byte[] state(Pickle tensor) {
        byte[] value = tensor.end();
        Pickle state = Pickle.start().op('}').text("w");
        for (int i = 2; i < value.length - 1; i++) {
            state.op(value[i]);
        }
        return state.op('s').end();
    }

    private Path zip(Map<String, byte[]> entries) {
        return Pickle.zip(folder.resolve("a.pt"), entries);
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> TorchFile.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    private static float[] floats(TorchFile file, String key) {
        return Scopes.run(() -> Tensors.floats(file.tensors().get(key).read()));
    }
}
