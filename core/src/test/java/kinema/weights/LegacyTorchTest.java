package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that PyTorch 2.13 wrote in the form before 1.6. */
class LegacyTorchTest {
    private static final float[] NUMBERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

    @TempDir
    Path folder;

    @Test
    void everyTypeAndLayoutIsReadAsItWasWritten() {
        try (TorchFile file = TorchFile.open(written())) {
            for (String key : new String[] {
                "float", "half", "bfloat", "double", "long", "int", "short", "char", "byte", "parameter"
            }) {
                assertThat(file.tensors().get(key).shape()).as(key).containsExactly(3, 4);
                assertThat(floats(file, key)).as(key).containsExactly(NUMBERS);
            }
            assertThat(file.tensors().get("bfloat").dtype()).isEqualTo(ScalarType.BFloat16);
            assertThat(floats(file, "transposed")).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
            assertThat(floats(file, "slice")).containsExactly(8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23);
            assertThat(floats(file, "shared")).hasSize(24).endsWith(22, 23);
            assertThat(floats(file, "scalar")).containsExactly(7);
            assertThat(floats(file, "bool")).containsExactly(1, 0);
        }
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        byte[] whole = Files.readAllBytes(written());
        Path file = folder.resolve("a.pt");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> TorchFile.open(file))
                    .as("%d bytes", length)
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("a.pt: ");
        }
    }

    /** Damage ends in an error, or changes numbers alone. */
    @Test
    void damageIsFoundOrHarmless() throws IOException {
        byte[] whole = Files.readAllBytes(written());
        Path path = folder.resolve("a.pt");
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Files.write(path, damaged);
            try (TorchFile file = TorchFile.open(path)) {
                file.tensors().values().forEach(tensor -> Scopes.run(() -> tensor.read()));
            } catch (WeightsException e) {
                refused++;
                assertThat(e).hasMessageContaining("a.pt: ");
            }
        }
        assertThat(refused).isBetween(100, 1900);
    }

    @Test
    void whatIsWrongIsNamed() throws IOException {
        byte[] version = Files.readAllBytes(written());
        int at = find(version, new byte[] {(byte) 0x80, 2, 'M', (byte) 0xe9, 3});
        version[at + 3]++;
        refuses(version, "begins as a file of PyTorch before 1.6, but is none of version 1001");

        byte[] count = Files.readAllBytes(written());
        byte[] twelve = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(12)
                .array();
        count[find(count, twelve)]++;
        refuses(count, "of 12 numbers is not at byte");

        byte[] type = Files.readAllBytes(written());
        type[find(type, "HalfStorage".getBytes(StandardCharsets.US_ASCII))] = 'C';
        refuses(type, "storage of unknown type torch.CalfStorage");

        byte[] code = Files.readAllBytes(written());
        byte[] rebuild = "torch._utils\n_rebuild_tensor_v2".getBytes(StandardCharsets.US_ASCII);
        code[find(code, rebuild)] = 'b';
        refuses(code, "borch._utils._rebuild_tensor_v2");
    }

    private void refuses(byte[] bytes, String message) throws IOException {
        Path file = folder.resolve("wrong.pt");
        Files.write(file, bytes);
        assertThatThrownBy(() -> TorchFile.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("wrong.pt: ")
                .hasMessageContaining(message);
    }

    private static int find(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not in the file");
    }

    private static float[] floats(TorchFile file, String key) {
        return Scopes.run(
                () -> Tensors.floats(file.tensors().get(key).read().contiguous().to(ScalarType.Float)));
    }

    private static Path written() {
        try {
            return Path.of(Objects.requireNonNull(LegacyTorchTest.class.getResource("legacy.pt"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
