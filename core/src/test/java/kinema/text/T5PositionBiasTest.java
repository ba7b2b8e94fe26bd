package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class T5PositionBiasTest {
    private static final T5Config CONFIG = T5Config.XXL.with(Map.of("d_model", 8, "num_heads", 2));

    @Test
    void bucketsAreExactWhenNearAndLogarithmicWhenFar() {
        Scopes.run(() -> {
            T5PositionBias bias = bias();
            int[] distances = {0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 63, 64, 90, 91, 127, 128, 5000};
            int[] expected = {0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 15, 15};
            for (int i = 0; i < distances.length; i++) {
                assertThat(bias.bucket(-distances[i]))
                        .as("%d before", distances[i])
                        .isEqualTo(expected[i]);
                int after = distances[i] == 0 ? 0 : 16 + expected[i];
                assertThat(bias.bucket(distances[i]))
                        .as("%d after", distances[i])
                        .isEqualTo(after);
            }
        });
    }

    @Test
    void theBiasDependsOnTheDistanceOnly() {
        Scopes.run(() -> {
            Tensor all = bias().forward(40); // (1, 2, 40, 40)
            assertThat(all.shape()).containsExactly(1, 2, 40, 40);
            float[] values = Tensors.floats(all);
            for (int query = 1; query < 40; query++) {
                for (int key = 1; key < 40; key++) {
                    assertThat(values[query * 40 + key]).isEqualTo(values[(query - 1) * 40 + key - 1]);
                }
            }
            assertThat(values[1]).as("one after").isEqualTo(17 * 2f);
            assertThat(values[40]).as("one before").isEqualTo(2f);
            assertThat(values[1600]).as("second head, same place").isEqualTo(1f);
        });
    }

    private static T5PositionBias bias() {
        float[] table = new float[64]; // bucket b, head h: 2b + h
        for (int i = 0; i < table.length; i++) {
            table[i] = i;
        }
        return new T5PositionBias(new Weights((key, init, shape) -> Tensors.of(table, shape)), CONFIG);
    }
}
