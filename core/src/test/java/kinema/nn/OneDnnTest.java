package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.Set;
import kinema.nn.OneDnn.Product;
import kinema.tensor.Processor;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** When oneDNN is gone by, and that it is not where it is wrong. */
class OneDnnTest {
    private static final Processor ZEN5 = new Processor(
            "AuthenticAMD", Set.of("avx2", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_bf16"), 2, true);
    private static final Processor ZEN3 = new Processor("AuthenticAMD", Set.of("avx2"), 2, true);
    private static final Processor XEON = new Processor(
            "GenuineIntel",
            Set.of("avx2", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_fp16", "amx_bf16"),
            2,
            true);
    private static final Processor UNKNOWN = new Processor("", Set.of(), 0, false);

    private static OneDnnRule rule(Processor processor) {
        return new OneDnnRule(processor, "auto");
    }

    @Test
    void productsAreConvolutionsOnlyWhereThatWasMeasuredToBeFaster() {
        assertThat(rule(ZEN5).multiplies()).isTrue();
        assertThat(rule(ZEN3).multiplies()).isFalse();
        assertThat(rule(XEON).multiplies()).isFalse();
        assertThat(rule(UNKNOWN).multiplies()).isFalse();
    }

    @Test
    void aDtypeIsOneDnnsOnlyWhereTheProcessorHasInstructionsForIt() {
        assertThat(rule(ZEN3).convolves(ScalarType.Float)).isTrue();
        assertThat(rule(ZEN3).convolves(ScalarType.BFloat16)).isFalse();
        assertThat(rule(ZEN5).convolves(ScalarType.BFloat16)).isTrue();
        assertThat(rule(ZEN5).convolves(ScalarType.Half)).isFalse();
        assertThat(rule(XEON).convolves(ScalarType.Half)).isTrue();
        assertThat(rule(XEON).convolves(ScalarType.Double)).isFalse();
    }

    @Test
    void bytesAreSummedWhereTheProcessorHasInstructionsForThem() {
        assertThat(rule(ZEN3).sumsBytes()).isFalse();
        assertThat(rule(ZEN5).sumsBytes()).isFalse();
        assertThat(rule(new Processor("AuthenticAMD", Set.of("avx512f", "avx512_vnni"), 2, true))
                        .sumsBytes())
                .isTrue();
        assertThat(rule(new Processor("GenuineIntel", Set.of("avx512f", "amx_int8"), 2, true))
                        .sumsBytes())
                .isTrue();
    }

    @Test
    void sumsOfBytesAreRightOnThisMachine() {
        boolean here = OneDnnRule.ofMachine().sumsBytes() && OneDnn.isUsed(ScalarType.Float);
        assertThat(OneDnn.byteProducts().isPresent()).isEqualTo(here);
    }

    @Test
    void amdProcessorsThatHideTheirCachesAreNotTried() {
        Processor hidden = new Processor("AuthenticAMD", ZEN5.features(), 2, false);
        assertThat(rule(hidden).doubt()).contains("this AMD processor hides the sizes of its caches");
        Processor single = new Processor("AuthenticAMD", ZEN5.features(), 1, true);
        assertThat(rule(single).doubt()).contains("it may divide by zero on an AMD processor of one thread");
        assertThat(rule(ZEN5).doubt()).isEmpty();
        assertThat(rule(XEON).doubt()).isEmpty();
        assertThat(rule(UNKNOWN).doubt()).isEmpty();
        assertThat(new OneDnnRule(hidden, "on").doubt()).isEmpty();
        assertThat(new OneDnnRule(XEON, "off").doubt()).contains("-Dkinema.onednn=off asks for it");
        assertThatThrownBy(() -> new OneDnnRule(XEON, "no"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("-Dkinema.onednn must be auto, on or off, found 'no'; leave it out for auto");
    }

    @Test
    void aTrialTellsWrongNumbersFromRoundedOnes() {
        assertThat(trial(ScalarType.Float, 1e-6)).isEmpty();
        assertThat(trial(ScalarType.Float, 1e-3)).contains("a layer is off by 0.0010 of its largest number");
        assertThat(trial(ScalarType.Float, Double.NaN)).contains("a layer is off by NaN of its largest number");
        assertThat(trial(ScalarType.BFloat16, 0.004)).isEmpty();
        assertThat(trial(ScalarType.BFloat16, 0.25)).contains("a layer is off by 0.25 of its largest number");
    }

    /** Of a layer whose second number is off. */
    private static Optional<String> trial(ScalarType dtype, double off) {
        return OneDnnTrial.compare(
                "a layer",
                () -> Tensors.of(new float[] {0.5F, (float) off, -1}, 3).to(dtype),
                () -> Tensors.of(new float[] {0.5F, 0, -1}, 3).to(ScalarType.Double));
    }

    @Test
    void oneDnnIsRightOnThisMachine() {
        boolean here = Scopes.run(() -> OneDnn.serves(Tensors.zeros(ScalarType.Float, 1)));
        if (here) {
            assertThat(OneDnnTrial.failure(ScalarType.Float, true)).isEmpty();
            assertThat(Autocast.inBf16(() -> OneDnnTrial.failure(ScalarType.Float, true)))
                    .as("in the midst of training in bf16")
                    .isEmpty();
        } else {
            assertThat(OneDnnRule.ofMachine().doubt()).isPresent();
        }
    }

    @Test
    void shortDtypesWithoutInstructionsAreMultipliedInFloat() {
        Scopes.run(() -> {
            Tensor x = Tensors.zeros(ScalarType.BFloat16, 1);
            assertThat(OneDnn.product(x)).isEqualTo(OneDnn.serves(x) ? Product.AS_IT_IS : Product.IN_FLOAT);
        });
    }

    @Test
    void attentionInBf16IsFusedWithAmxAlone() {
        assertThat(rule(ZEN5).attends(ScalarType.Float)).isTrue();
        assertThat(rule(ZEN5).attends(ScalarType.BFloat16)).isFalse();
        assertThat(rule(XEON).attends(ScalarType.BFloat16)).isTrue();
        assertThat(rule(ZEN3).attends(ScalarType.BFloat16)).isFalse();
    }

    @Test
    void attentionToWhatIsBeforeIsRightInBf16() {
        Scopes.run(() -> {
            Tensor q = torch.linspace(new Scalar(-2), new Scalar(2), 80)
                    .view(1, 2, 5, 8)
                    .to(ScalarType.BFloat16);
            Tensor wide = OneDnn.wide(q);
            Tensor off = Kernels.attentionBack(q, q, q).sub(Kernels.attentionBack(wide, wide, wide));
            assertThat(off.abs().max().item_double()).isLessThan(0.02);
        });
    }
}
