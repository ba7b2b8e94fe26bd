package kinema.cogvideox.transformer;

import static kinema.testing.DryRuns.assertSamePeak;
import static kinema.testing.DryRuns.assertSamePeakInBytes;
import static kinema.testing.DryRuns.assertSameTraining;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.cogvideox.transformer.TransformerFootprint.Step;
import kinema.memory.Meter;
import kinema.tensor.Tensors;
import kinema.testing.DryRuns.Maker;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a step of the transformer takes is found without computing. */
class TransformerDryRunTest {
    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @CsvSource({
        "false, 1, 2, 8, 12",
        "false, 2, 5, 8, 12",
        "true, 1, 3, 4, 4",
        "true, 2, 5, 8, 12",
        "false, 2, 6, 40, 40",
        "true, 2, 6, 40, 40"
    })
    void aStep(boolean rotary, int samples, long frames, long rows, long columns) {
        TransformerConfig c = TransformerConfig.tiny(rotary);
        Size size = new Size(c.maxTextLength(), frames, rows, columns);
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16, ScalarType.Half}) {
            assertSamePeak(
                    w -> new ExpertTransformer(w, c), dtype, (network, maker) -> step(network, size, samples, maker));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 2, 5, 8, 12", "true, 1, 3, 4, 4", "true, 2, 6, 40, 40"})
    void aStepInEightBits(boolean rotary, int samples, long frames, long rows, long columns) {
        TransformerConfig c = TransformerConfig.tiny(rotary);
        Size size = new Size(c.maxTextLength(), frames, rows, columns);
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeakInBytes(
                    w -> new ExpertTransformer(w, c), dtype, (network, maker) -> step(network, size, samples, maker));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 1, 3, 8, 12", "true, 2, 5, 8, 12", "true, 2, 6, 40, 40"})
    void aStepThatKeepsItsResidual(boolean rotary, int samples, long frames, long rows, long columns) {
        TransformerConfig c = TransformerConfig.tiny(rotary);
        Size size = new Size(c.maxTextLength(), frames, rows, columns);
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeak(
                    w -> new ExpertTransformer(w, c), dtype, (network, maker) -> pass(network, size, samples, maker));
        }
    }

    @Test
    void reusingAResidualTakesNoMoreThanComputingIt() {
        TransformerConfig c = TransformerConfig.tiny(true);
        Size size = new Size(c.maxTextLength(), 5, 8, 12);
        long computed = Meter.dryRun(
                w -> new ExpertTransformer(w, c), ScalarType.Float, network -> pass(network, size, 2, new Maker(true)));
        long reused = Meter.dryRun(w -> new ExpertTransformer(w, c), ScalarType.Float, network -> {
            try (Positions positions = Positions.meta(c, size)) {
                var unused = network.reuse(
                        Tensors.meta(ScalarType.Float, 2, 5, c.inChannels(), 8, 12),
                        Tensors.of(new long[2], 2),
                        positions,
                        Tensors.meta(ScalarType.Float, 2, 5 * 4 * 6, c.width()));
            }
        });
        assertThat(reused).isLessThan(computed);
    }

    private static void pass(ExpertTransformer network, Size size, int samples, Maker maker) {
        TransformerConfig c = network.config();
        try (Positions positions = maker.meta() ? Positions.meta(c, size) : Positions.of(c, size)) {
            Tensor text = maker.make(ScalarType.Float, samples, size.textTokens(), c.textEmbedDim());
            var unused = network.pass(
                    maker.make(ScalarType.Float, samples, size.frames(), c.inChannels(), size.height(), size.width()),
                    network.textTokens(text),
                    Tensors.of(new long[samples], samples),
                    positions);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 1, 3, 8, 12", "true, 2, 5, 8, 12"})
    void training(boolean rotary, int samples, long frames, long rows, long columns) {
        TransformerConfig c = TransformerConfig.tiny(rotary);
        Size size = new Size(c.maxTextLength(), frames, rows, columns);
        assertSameTraining(w -> new ExpertTransformer(w, c), (network, maker) -> loss(network, size, samples, maker));
    }

    private static Tensor loss(ExpertTransformer network, Size size, int samples, Maker maker) {
        TransformerConfig c = network.config();
        try (Positions positions = maker.meta() ? Positions.meta(c, size) : Positions.of(c, size)) {
            Tensor latents =
                    maker.make(ScalarType.Float, samples, size.frames(), c.inChannels(), size.height(), size.width());
            Tensor text = maker.make(ScalarType.Float, samples, size.textTokens(), c.textEmbedDim());
            Tensor time = Tensors.of(new long[samples], samples);
            return network.train(List.of(latents), List.of(text), time, positions, null)
                    .get(0)
                    .square()
                    .mean();
        }
    }

    @Test
    void twoBlocksHaveThePeakOfMany() {
        for (boolean rotary : new boolean[] {false, true}) {
            TransformerConfig c = TransformerConfig.tiny(rotary);
            Size size = new Size(c.maxTextLength(), 5, 8, 12);
            assertThat(peak(c.withLayers(2), size)).isEqualTo(peak(c.withLayers(7), size));
        }
    }

    @Test
    void samplesOfManyTokensGoOneAfterTheOther() {
        TransformerFootprint footprint = new TransformerFootprint(TransformerConfig.tiny(true), ScalarType.Float);
        long one = footprint.step(new Step(6, 40, 40, 1));

        assertThat(footprint.step(new Step(6, 40, 40, 2))).isBetween(one, one * 5 / 4);
        assertThat(footprint.step(new Step(6, 8, 8, 2))).isGreaterThan(footprint.step(new Step(6, 8, 8, 1)) * 3 / 2);
    }

    private static long peak(TransformerConfig c, Size size) {
        return Meter.dryRun(
                w -> new ExpertTransformer(w, c), ScalarType.Float, network -> step(network, size, 2, new Maker(true)));
    }

    private static void step(ExpertTransformer network, Size size, int samples, Maker maker) {
        TransformerConfig c = network.config();
        try (Positions positions = maker.meta() ? Positions.meta(c, size) : Positions.of(c, size)) {
            var unused = network.forward(
                    maker.make(ScalarType.Float, samples, size.frames(), c.inChannels(), size.height(), size.width()),
                    maker.make(ScalarType.Float, samples, size.textTokens(), c.textEmbedDim()),
                    Tensors.of(new long[samples], samples),
                    positions);
        }
    }
}
