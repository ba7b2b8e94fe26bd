package kinema.cogvideox.transformer;

import kinema.cogvideox.transformer.Positions.Size;
import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.tensor.Quantization;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.ShapeTree;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a step of the transformer takes beside its weights: the transformer's own code is run without contents, once for each
 * size. One block is like another, so two of them have the peak of all. Thread-safe.
 *
 * <p>Axes as in {@link ExpertTransformer}.
 */
public final class TransformerFootprint {
    private static final long BLOCKS = 2;

    /** Latents that stay from step to step: as they are, and as the sampler last took them to be without noise. */
    private static final int STATES = 2;

    /**
     * What a step depends on.
     *
     * @param frames F
     * @param height h
     * @param width w
     * @param samples B: 2 with guidance
     * @param residual whether the blocks' residual is kept for other steps, {@link ExpertTransformer#pass}
     */
    public record Step(long frames, long height, long width, int samples, boolean residual) {
        /** One that keeps nothing. */
        public Step(long frames, long height, long width, int samples) {
            this(frames, height, width, samples, false);
        }
    }

    private final TransformerConfig config;
    private final ScalarType dtype;
    private final Quantization quantization;
    private final Known<Step> steps = new Known<>(this::measure);

    /** For a transformer that computes in {@code dtype}. */
    public TransformerFootprint(TransformerConfig config, ScalarType dtype) {
        this(config, dtype, Quantization.OFF);
    }

    /** The same with the largest matrices in so many bits. */
    public TransformerFootprint(TransformerConfig config, ScalarType dtype, Quantization quantization) {
        this.config = config.withLayers(Math.min(BLOCKS, config.layers()));
        this.dtype = dtype;
        this.quantization = quantization;
    }

    /** Bytes at the peak of a step, with the latents and text states that stay from step to step. */
    public long step(Step step) {
        return steps.bytes(step);
    }

    /** Bytes of the positions, which are there before the first step too. */
    public long positions(Step step) {
        return Scopes.run(() -> {
            try (Positions positions = Positions.meta(config, size(step))) {
                return positions.bytes();
            }
        });
    }

    private long measure(Step step) {
        int samples = step.samples();
        return Meter.peak(() -> new ExpertTransformer(ShapeTree.meta(dtype, quantization), config), network -> {
            try (Positions positions = Positions.meta(config, size(step))) {
                Tensor text = empty(samples, config.maxTextLength(), config.textEmbedDim()); // (B, L, Ct)
                Tensor tokens = network.textTokens(text); // (B, L, D)
                for (int i = 0; i < STATES; i++) {
                    var unused = latents(1, config.outChannels(), step); // (1, F, C, h, w)
                }
                Tensor input = latents(samples, config.inChannels(), step); // (B, F, C, h, w)
                Tensor time = Tensors.of(new long[samples], samples); // (B)
                if (step.residual()) {
                    var unusedResidual = residual(step); // (B, N, D)
                    var unused = network.pass(input, tokens, time, positions); // (B, F, C, h, w), (B, N, D)
                } else {
                    var unused = network.predict(input, tokens, time, positions, BlockWatcher.NONE); // (B, F, C, h, w)
                }
            }
        });
    }

    /** That of the step before, (B, N, D). */
    private Tensor residual(Step step) {
        long patch = config.patchSize() * config.patchSize() * config.framesPerPatch();
        long tokens = step.frames() * step.height() * step.width() / patch;
        return Tensors.meta(dtype, step.samples(), tokens, config.width());
    }

    private Size size(Step step) {
        return new Size(config.maxTextLength(), step.frames(), step.height(), step.width());
    }

    private static Tensor latents(long samples, long channels, Step step) {
        return empty(samples, step.frames(), channels, step.height(), step.width());
    }

    private static Tensor empty(long... shape) {
        return Tensors.meta(ScalarType.Float, shape);
    }
}
