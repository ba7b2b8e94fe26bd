package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Resizing against Pillow's bytes. */
class ResamplingTest {
    private static final int WIDTH = 43;
    private static final int HEIGHT = 29;

    @ParameterizedTest
    @CsvSource({"96,64", "43,64", "20,29", "16,16", "7,61", "1,1", "86,58"})
    void bothWaysGivePillowsBytes(int width, int height) {
        for (Resampling way : Resampling.values()) {
            String file = "pictures/" + way.name().toLowerCase(Locale.ROOT) + ".safetensors";
            try (Safetensors golden = Safetensors.open(Golden.file(file))) {
                byte[] resized = way.resize(bytes(golden, "source"), WIDTH, HEIGHT, width, height);
                assertThat(resized).as("%s", way).isEqualTo(bytes(golden, width + "x" + height));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEvenPictureStaysEven(Resampling way) {
        byte[] even = new byte[3 * 9 * 5];
        Arrays.fill(even, (byte) 200);
        assertThat(way.resize(even, 9, 5, 31, 2)).hasSize(3 * 31 * 2).containsOnly(200);
        assertThat(way.resize(even, 9, 5, 9, 5)).isSameAs(even);
    }

    private static byte[] bytes(Safetensors file, String key) {
        try (Tensor tensor = file.tensor(key)) {
            float[] values = Tensors.floats(tensor);
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (int) values[i];
            }
            return bytes;
        }
    }
}
