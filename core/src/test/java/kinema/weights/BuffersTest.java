package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kinema.tensor.Device;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class BuffersTest {
    private static final Placement WIDE = new Placement(ScalarType.Float, Device.CPU, Residency.STREAMED);

    @Test
    void aPartIsConvertedIntoTheMemoryOfTheOneBefore() {
        Scopes.run(() -> {
            try (Buffers buffers = new Buffers()) {
                Tensor first = filled(buffers, 1, 2, 3);
                long address = first.data_ptr().address();
                assertThat(Tensors.floats(first)).containsExactly(1, 2, 3);
                buffers.give(List.of(first));
                Tensor second = filled(buffers, 4, 5, 6);
                assertThat(Tensors.floats(second)).containsExactly(4, 5, 6);
                assertThat(second.data_ptr().address()).isEqualTo(address);
                Tensor beside = filled(buffers, 7, 8, 9); // another user at the same time
                assertThat(beside.data_ptr().address()).isNotEqualTo(address);
                assertThat(Tensors.floats(second)).containsExactly(4, 5, 6);
                buffers.give(List.of(second));
                buffers.give(List.of(beside));
            }
        });
    }

    @Test
    void whatTheNextPartCannotUseIsFreed() {
        Scopes.run(() -> {
            long before = LivePointers.settled();
            try (Buffers buffers = new Buffers()) {
                buffers.give(List.of(filled(buffers, 1, 2, 3), filled(buffers, 4, 5, 6)));
                Tensor longer = filled(buffers, 1, 2, 3, 4);
                assertThat(LivePointers.now()).isEqualTo(before + 1);
                buffers.give(List.of(longer));
            }
            assertThat(LivePointers.now()).isEqualTo(before);
        });
    }

    @Test
    void afterTheLastUseNothingIsHeld() {
        Scopes.run(() -> {
            long before = LivePointers.settled();
            Buffers buffers = new Buffers();
            Tensor late = filled(buffers, 1, 2, 3);
            buffers.close();
            buffers.give(List.of(late));
            assertThat(LivePointers.now()).isEqualTo(before);
        });
    }

    /** As 16-bit numbers in a file become 32-bit ones. */
    private static Tensor filled(Buffers buffers, float... values) {
        return Scopes.run(() -> {
            Tensor stored = Tensors.of(values, values.length).to(ScalarType.Half);
            return buffers.filled(stored, StoredTensor.of(stored), WIDE);
        });
    }
}
