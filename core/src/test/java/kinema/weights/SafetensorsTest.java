package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Scopes.run(() -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("weight", Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
            tensors.put("ids", Tensors.of(new long[] {7, -8}, 2));
            tensors.put("none", Tensors.zeros(ScalarType.Float, 0, 4));
            write(file, tensors, Map.of("note", "ünïcode \"quoted\""));
        });
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.metadata()).containsExactly(Map.entry("note", "ünïcode \"quoted\""));
            assertThat(read.entries().keySet()).containsExactly("weight", "ids", "none");
            Scopes.run(() -> {
                assertThat(read.tensor("weight").shape()).containsExactly(2, 3);
                assertThat(Tensors.floats(read.tensor("weight"))).containsExactly(1, 2, 3, 4, 5, 6);
                assertThat(Tensors.longs(read.tensor("ids"))).containsExactly(7, -8);
                assertThat(read.tensor("none").shape()).containsExactly(0, 4);
            });
        }
    }

    @Test
    void dataStartsAligned() {
        for (int length = 1; length < 70; length += 4) {
            Path file = folder.resolve("a.safetensors");
            try (Tensor numbers = Tensors.of(new float[] {1}, 1)) {
                write(file, Map.of("x".repeat(length), numbers), Map.of());
            }
            assertThat(Safetensors.header(file).values())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.begin() % 64).isZero());
        }
    }

    @Test
    void dataThatIsNotAlignedIsReadAllTheSame() throws IOException {
        String header = "{\"pad\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]}}";
        ByteBuffer data = ByteBuffer.allocate(11).order(ByteOrder.LITTLE_ENDIAN);
        data.position(3);
        data.putFloat(1.5f).putFloat(-2.5f);
        Path file = file(header, data.array());
        try (Safetensors read = Safetensors.open(file)) {
            Scopes.run(() -> assertThat(Tensors.floats(read.tensor("x"))).containsExactly(1.5f, -2.5f));
        }
    }

    @Test
    void closingLeavesNoNativeMemory() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Scopes.run(() -> write(file, Map.of("x", Tensors.of(new float[] {1}, 1)), Map.of()));
        long before = LivePointers.settled();
        for (int i = 0; i < 20; i++) {
            try (Safetensors read = Safetensors.open(file)) {
                Scopes.run(() -> assertThat(Tensors.floats(read.tensor("x"))).containsExactly(1));
            }
        }
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[]|must be a JSON object",
                "{oops|the header is not JSON",
                "{\"x\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}|unknown dtype 'F33'; known: BF16, BOOL",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,400]}}|lie outside the file's 8 bytes",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}|lie outside the file's 8 bytes",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}|data_offsets holds what is no whole number from 0 to 2^63 - 1: -4",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}|needs 12 bytes, data_offsets give 8",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}|'x': shape holds what is no whole number from 0 to 2^63 - 1: -1",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}|shape holds what is no whole number",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}|shape holds what is no whole number",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[18446744073709551617],\"data_offsets\":[0,4]}}|shape holds what is no",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551620]}}|data_offsets holds what",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}|data_offsets has more than 2 numbers",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}|more than 16",
                "{\"x\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}|'x': dtype must be a text",
                "{\"x\":7}|'x': must be an object of dtype, shape and data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}|Duplicate",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],\"data_offsets\":[0,4]}}|Duplicate",
                "{\"__metadata__\":{\"done\":3}}|'__metadata__': must hold texts only; 'done' is none",
                "{\"__metadata__\":[]}|'__metadata__': must be an object of texts",
                "{} {}|the header goes on after its end",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[9999999999,9999999999],\"data_offsets\":[0,8]}}|is too large",
                "{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}|must be arrays",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}|'x' and 'y' overlap at byte",
            })
    void damagedHeadersAreNamed(String header, String message) throws IOException {
        Path file = file(header, new byte[8]);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("broken.safetensors")
                .hasMessageContaining(message);
    }

    @Test
    void headersLargerThanThoseOfAnyNetworkAreNotRead() throws IOException {
        Path file = folder.resolve("broken.safetensors");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 30);
            sparse.writeLong(Long.reverseBytes(500_000_000));
        }
        assertThatThrownBy(() -> Safetensors.header(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("a header of 500000000 bytes, where no network needs 20971520");

        StringBuilder many = new StringBuilder("{\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        for (int i = 0; i < 100_000; i++) {
            many.append(",\"").append(i).append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        Path crowded = file(many.append('}').toString(), new byte[0]);
        assertThatThrownBy(() -> Safetensors.header(crowded)).hasMessageContaining("more than 100000 tensors");
    }

    @Test
    void filesThatAreCutOffAreNamed() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        Scopes.run(() -> write(whole, Map.of("x", Tensors.of(new float[100], 100)), Map.of()));
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = folder.resolve("cut.safetensors");
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 50; i++) {
            int length = random.nextInt(bytes.length);
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> Safetensors.open(cut))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("cut.safetensors");
        }
    }

    @Test
    void randomDamageNeverEndsTheJvm() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        Scopes.run(() -> write(whole, Map.of("x", Tensors.of(new float[100], 100)), Map.of()));
        byte[] bytes = Files.readAllBytes(whole);
        Path damaged = folder.resolve("damaged.safetensors");
        SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < 200; i++) {
            byte[] copy = bytes.clone();
            for (int n = 0; n < 3; n++) {
                copy[random.nextInt(80)] = (byte) random.nextInt(256);
            }
            Files.write(damaged, copy);
            try (Safetensors read = Safetensors.open(damaged)) {
                Scopes.run(() -> read.entries().keySet().forEach(key -> Tensors.floats(read.tensor(key))));
            } catch (WeightsException e) {
                assertThat(e).hasMessageContaining("damaged.safetensors");
            }
        }
    }

    @Test
    void aMissingFileAndAMissingKeyAreNamed() throws IOException {
        assertThatThrownBy(() -> Safetensors.open(folder.resolve("absent.safetensors")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("absent.safetensors: no such file");
        Path file = folder.resolve("a.safetensors");
        Scopes.run(() -> write(file, Map.of("x", Tensors.of(new float[] {1}, 1)), Map.of()));
        try (Safetensors read = Safetensors.open(file)) {
            assertThatThrownBy(() -> read.tensor("y"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("no tensor 'y'");
        }
    }

    private static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        try {
            SafetensorsWriter.write(file, tensors, metadata);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path file(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(json.length).put(json).put(data);
        return Files.write(folder.resolve("broken.safetensors"), all.array());
    }
}
