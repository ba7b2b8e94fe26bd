package kinema.cogvideox.transformer;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideox.transformer.ExpertBlock.Tokens;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The expert transformer: full attention over text and video, with an adaptive layer norm for each.
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, C channels, L text tokens, Ct width of the text states, N video
 * tokens, D width, E width of the time embedding. Immutable; safe to share between threads. Works under autograd; new
 * weights start as DiT's: every block does nothing and the output is zero.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2</a>
 */
public final class ExpertTransformer {
    /** The offset every published 1.5 image-to-video model is given. */
    private static final double OFFSET = 2;

    /** Tokens of a sample from which on matrix products are no faster for several samples than for one. */
    private static final long ENOUGH = 1024;

    private static final int FINAL_PARTS = 2; // shift, scale

    private final TransformerConfig config;
    private final PatchEmbed patchEmbed;
    private final TimeEmbedding timeEmbedding;
    private final @Nullable TimeEmbedding offsetEmbedding;
    private final List<OnDemand<ExpertBlock>> blocks = new ArrayList<>();
    private final LayerNorm normFinal;
    private final AdaptiveNorm normOut;
    private final Linear projOut;

    /** A transformer over a tree with the published keys. */
    public ExpertTransformer(Weights w, TransformerConfig c) {
        config = c;
        patchEmbed = new PatchEmbed(w.at("patch_embed"), c);
        timeEmbedding = new TimeEmbedding(w.at("time_embedding"), c.width(), c.timeEmbedDim());
        offsetEmbedding = c.ofsEmbedDim() == 0
                ? null
                : new TimeEmbedding(w.at("ofs_embedding"), c.ofsEmbedDim(), c.ofsEmbedDim());
        for (long i = 0; i < c.layers(); i++) {
            blocks.add(w.at("transformer_blocks").at(i).part(block -> new ExpertBlock(block, c)));
        }
        normFinal = new LayerNorm(w.at("norm_final"), c.width(), c.normEps());
        normOut = new AdaptiveNorm(w.at("norm_out"), c, FINAL_PARTS);
        projOut = Linear.zeroBias(w.at("proj_out"), c.width(), c.patchVolume(c.outChannels()), Init.ZEROS);
    }

    /**
     * Whether samples of so many tokens go through a block one after the other: at no loss of speed that takes half of the
     * memory with guidance. It depends on nothing else, so that a request has the same numbers on every machine.
     */
    public static boolean apart(long tokens) {
        return tokens >= ENOUGH;
    }

    /** The configuration this was made with. */
    public TransformerConfig config() {
        return config;
    }

    /**
     * Predicts the velocity.
     *
     * @param latents (B, F, C, h, w), any dtype; frames before channels
     * @param text (B, L, Ct) states of the text encoder, any dtype
     * @param timestep (B), any number type, one per sample
     * @param positions for this size, {@link Positions#of}
     * @return (B, F, C of the output, h, w), in the dtype of {@code latents}
     * @throws IllegalArgumentException when a shape does not fit the others
     */
    public Tensor forward(Tensor latents, Tensor text, Tensor timestep, Positions positions) {
        return Scopes.keep(() -> predict(latents, textTokens(text), timestep, positions, BlockWatcher.NONE));
    }

    /** Text states (B, L, Ct) as tokens (B, L, D), which are the same at every step. */
    public Tensor textTokens(Tensor text) {
        Shapes.check("text", text, Shapes.ANY, Shapes.ANY, config.textEmbedDim());
        return Scopes.keep(() -> patchEmbed.text(projOut.adopt(text))); // (B, L, D)
    }

    /** As {@link #forward}, of {@link #textTokens} and watched. */
    public Tensor predict(
            Tensor latents, Tensor textTokens, Tensor timestep, Positions positions, BlockWatcher watcher) {
        Positions.Size size = positions.size();
        Shapes.check("text tokens", textTokens, Shapes.ANY, size.textTokens(), config.width());
        long batch = textTokens.size(0);
        Shapes.check("latents", latents, batch, size.frames(), config.inChannels(), size.height(), size.width());
        Shapes.check("timestep", timestep, batch);
        return Scopes.keep(() -> {
            Tensor time = torch.silu(embedTime(timestep)); // (B, E)
            Tokens tokens = new Tokens(
                    textTokens.alias(), // (B, L, D), a handle of its own, as tokens are freed once used
                    patchEmbed.video(projOut.adopt(latents), size.textTokens(), positions)); // (B, N, D)
            watcher.after(0, tokens);
            int done = 0;
            for (OnDemand<ExpertBlock> block : blocks) {
                Tokens in = tokens;
                tokens = block.use(b -> through(b, in, time, positions)); // (B, L, D), (B, N, D)
                in.close();
                watcher.after(++done, tokens);
            }
            TensorVector out = normOut.vectors(time); // 2 × (B, 1, D)
            Tensor x = normFinal.forward(tokens.video()); // (B, N, D)
            x = normOut.forward(x, out.get(0), out.get(1).add(new Scalar(1.0))); // (B, N, D)
            return PatchEmbed.unpatch(projOut.forward(x), latents, config.framesPerPatch(), config.patchSize())
                    .to(latents); // (B, F, C, h, w)
        });
    }

    private static Tokens through(ExpertBlock block, Tokens in, Tensor time, Positions positions) {
        if (time.size(0) == 1 || !apart(in.text().size(1) + in.video().size(1))) {
            return block.forward(in, time, positions);
        }
        return Scopes.keepAll(
                () -> {
                    List<Tokens> samples = new ArrayList<>();
                    for (long i = 0; i < time.size(0); i++) {
                        samples.add(block.forward(in.sample(i), time.narrow(0, i, 1), positions));
                    }
                    return Tokens.joined(samples);
                },
                Tokens::tensors);
    }

    private Tensor embedTime(Tensor timestep) {
        Tensor time = timeEmbedding.forward(timestep); // (B, E)
        if (offsetEmbedding == null) {
            return time;
        }
        Tensor offset = Tensors.of(new float[] {(float) OFFSET}, 1);
        return time.add(offsetEmbedding.forward(offset)); // (B, E)
    }
}
