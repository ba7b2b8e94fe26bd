package kinema.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What is counted, and for how long. */
class MeterTest {
    private static final long KB = 1024;

    @Test
    void tensorsCountAsLongAsTheyAreThere() {
        assertThat(peak(() -> {
                    make(3).close();
                    make(2);
                    Scopes.run(() -> {
                        make(2);
                    });
                    make(1);
                }))
                .isEqualTo(4 * KB);
    }

    @Test
    void whatComesAfterAMeasurementIsNotWatched() {
        assertThat(peak(() -> assertThat(Scopes.isWatched()).isTrue())).isZero();
        assertThat(Scopes.isWatched()).isFalse();
    }

    @Test
    void viewsAreOneStorage() {
        assertThat(peak(() -> {
                    Tensor x = make(2);
                    x.narrow(0, 0, 10);
                    x.view(2, -1).select(0, 1);
                }))
                .isEqualTo(2 * KB);
    }

    @Test
    void aViewKeepsItsStorage() {
        assertThat(peak(() -> {
                    Tensor x = make(2);
                    Tensor view = x.narrow(0, 0, 1);
                    x.close();
                    make(1);
                    view.close();
                    make(2);
                }))
                .isEqualTo(3 * KB);
    }

    @Test
    void whoeverHoldsATensorKeepsItsStorage() {
        assertThat(peak(() -> {
                    Tensor x = make(2);
                    TensorVector held = new TensorVector(x);
                    x.close();
                    make(1);
                    held.close();
                }))
                .isEqualTo(3 * KB);
    }

    @Test
    void resultsGoOnCountingWhereTheyAreHandedTo() {
        assertThat(peak(() -> {
                    Tensor kept = Scopes.keep(() -> {
                        make(1);
                        return make(2);
                    });
                    make(4);
                    kept.close();
                    make(1);
                }))
                .isEqualTo(6 * KB);
    }

    @Test
    void whatIsGivenDoesNotCount() {
        long peak = Meter.peak(() -> make(8), given -> {
            given.narrow(0, 0, 1);
            make(1);
        });

        assertThat(peak).isEqualTo(KB);
    }

    @Test
    void whatHappensOnceInAProcessDoesNotCount() {
        assertThat(peak(() -> {
                    var unused = Scopes.unwatched(() -> make(8).numel());
                    make(1);
                }))
                .isEqualTo(KB);
    }

    @Test
    void theProcessorAndTheMetaDeviceCountAlike() {
        assertThat(peak(() -> Tensors.zeros(ScalarType.Half, 512).add(Tensors.zeros(ScalarType.Half, 512))))
                .isEqualTo(peak(() -> Tensors.meta(ScalarType.Half, 512).add(Tensors.meta(ScalarType.Half, 512))))
                .isEqualTo(3 * KB);
    }

    @Test
    void aMeasurementLeavesNothingBehindAlsoWhenItFails() {
        var unused = peak(() -> make(1));
        long before = LivePointers.settled();
        assertThatThrownBy(() -> peak(() -> {
                    make(1);
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertThat(peak(() -> make(1))).isEqualTo(KB);
        assertThat(Scopes.isWatched()).isFalse();
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static long peak(Runnable body) {
        return Meter.peak(() -> "nothing", given -> body.run());
    }

    private static Tensor make(long kilobytes) {
        return Tensors.meta(ScalarType.Byte, kilobytes * KB);
    }
}
