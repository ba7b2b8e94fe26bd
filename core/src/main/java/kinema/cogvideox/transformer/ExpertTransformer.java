package kinema.cogvideox.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kinema.cogvideox.transformer.ExpertBlock.Tokens;
import kinema.nn.Activation;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.nn.Recompute;
import kinema.nn.TimeEmbedding;
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
        timeEmbedding = new TimeEmbedding(w.at("time_embedding"), c.width(), c.timeEmbedDim(), Activation.SILU);
        offsetEmbedding = c.ofsEmbedDim() == 0
                ? null
                : new TimeEmbedding(w.at("ofs_embedding"), c.ofsEmbedDim(), c.ofsEmbedDim(), Activation.SILU);
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
        check(latents, textTokens, timestep, positions);
        return Scopes.keep(() -> {
            Tensor time = torch.silu(embedTime(timestep)); // (B, E)
            Tokens tokens = throughBlocks(embed(latents, textTokens, positions), time, positions, watcher);
            return unpatch(patches(tokens.video(), time, positions), latents); // (B, F, C, h, w)
        });
    }

    /**
     * What a pass makes where later ones may go without the blocks.
     *
     * @param velocity (B, F, C of the output, h, w)
     * @param residual what the blocks added to the video's tokens, (B, N, D)
     */
    public record Pass(Tensor velocity, Tensor residual) {}

    /** As {@link #predict}, with the residual, for {@link #reuse}. */
    public Pass pass(Tensor latents, Tensor textTokens, Tensor timestep, Positions positions) {
        check(latents, textTokens, timestep, positions);
        return Scopes.keepAll(
                () -> {
                    Tensor time = torch.silu(embedTime(timestep)); // (B, E)
                    Tokens in = embed(latents, textTokens, positions); // (B, L, D), (B, N, D)
                    Tensor before = in.video().alias(); // a handle of its own, as tokens are freed once used
                    Tokens out = throughBlocks(in, time, positions, BlockWatcher.NONE);
                    Tensor residual = out.video().sub(before); // (B, N, D)
                    return new Pass(unpatch(patches(out.video(), time, positions), latents), residual);
                },
                pass -> List.of(pass.velocity(), pass.residual()));
    }

    /**
     * The velocity where a residual stands for the blocks.
     *
     * @param residual of another {@link #pass} of this size, (B, N, D)
     * @return (B, F, C of the output, h, w), in the dtype of {@code latents}
     */
    public Tensor reuse(Tensor latents, Tensor timestep, Positions positions, Tensor residual) {
        checkLatents(latents, latents.size(0), positions.size());
        Shapes.check("timestep", timestep, latents.size(0));
        return Scopes.keep(() -> {
            Tensor time = torch.silu(embedTime(timestep)); // (B, E)
            Tensor video = embedVideo(latents, positions); // (B, N, D)
            Shapes.check("residual", residual, video.shape());
            Tensor out = video.add(projOut.adopt(residual)); // (B, N, D)
            return unpatch(patches(out, time, positions), latents); // (B, F, C, h, w)
        });
    }

    /** The time embedding (B, E) of timesteps (B), as the blocks are given it but for its activation. */
    public Tensor timeEmbedding(Tensor timestep) {
        return Scopes.keep(() -> embedTime(timestep));
    }

    private Tokens embed(Tensor latents, Tensor textTokens, Positions positions) {
        return new Tokens(
                textTokens.alias(), // (B, L, D), a handle of its own, as tokens are freed once used
                embedVideo(latents, positions)); // (B, N, D)
    }

    private Tensor embedVideo(Tensor latents, Positions positions) {
        return positions.add(
                patchEmbed.video(projOut.adopt(latents), positions.size().textTokens())); // (B, N, D)
    }

    private Tokens throughBlocks(Tokens first, Tensor time, Positions positions, BlockWatcher watcher) {
        Tokens tokens = first;
        watcher.after(0, tokens);
        int done = 0;
        for (OnDemand<ExpertBlock> block : blocks) {
            Tokens in = tokens;
            tokens = block.use(b -> through(b, in, time, positions)); // (B, L, D), (B, N, D)
            in.close();
            watcher.after(++done, tokens);
        }
        return tokens;
    }

    private void check(Tensor latents, Tensor textTokens, Tensor timestep, Positions positions) {
        Positions.Size size = positions.size();
        Shapes.check("text tokens", textTokens, Shapes.ANY, size.textTokens(), config.width());
        checkLatents(latents, textTokens.size(0), size);
        Shapes.check("timestep", timestep, textTokens.size(0));
    }

    private void checkLatents(Tensor latents, long batch, Positions.Size size) {
        Shapes.check("latents", latents, batch, size.frames(), config.inChannels(), size.height(), size.width());
    }

    /**
     * Predicts the velocity in training: of a batch, or of a pack of clips of different lengths and sizes, which go through
     * the network in one sequence and see nothing of one another.
     *
     * @param latents one (B, F, C, h, w), or (1, F, C, h, w) of each clip of a pack
     * @param text one (B, L, Ct), or (1, L, Ct) of each clip of a pack
     * @param timestep one per sample: (B), or as many as the pack has clips
     * @param positions for the batch's size, or {@link Positions#packed}
     * @param recompute if not null, keeps the blocks' inputs alone, and takes the derivatives
     * @return as {@code latents}, with the channels of the output
     */
    public List<Tensor> train(
            List<Tensor> latents,
            List<Tensor> text,
            Tensor timestep,
            Positions positions,
            @Nullable Recompute recompute) {
        check(latents, text, timestep, positions);
        return Scopes.keepAll(
                () -> {
                    Tensor time = enter(torch.silu(embedTime(timestep)), recompute); // (B, E)
                    Tokens tokens = new Tokens(
                            enter(joined(text.stream().map(this::textTokens).toList()), recompute), // (B, L, D)
                            enter(positions.add(videoTokens(latents, text)), recompute)); // (B, N, D)
                    for (OnDemand<ExpertBlock> block : blocks) {
                        tokens = through(block, tokens, time, positions, recompute); // (B, L, D), (B, N, D)
                    }
                    List<Tensor> out = positions.videos(patches(tokens.video(), time, positions)); // n × (B, N, P)
                    return IntStream.range(0, out.size())
                            .mapToObj(i -> unpatch(out.get(i), latents.get(i)))
                            .toList(); // n × (B, F, C, h, w)
                },
                all -> all);
    }

    private static Tokens through(
            OnDemand<ExpertBlock> block, Tokens in, Tensor time, Positions positions, @Nullable Recompute recompute) {
        if (recompute == null) {
            return block.use(b -> b.forward(in, time, positions)); // (B, L, D), (B, N, D)
        }
        List<Tensor> out = recompute.through(
                List.of(in.text(), in.video(), time),
                x -> block.use(b -> b.forward(new Tokens(x.get(0), x.get(1)), x.get(2), positions)
                        .tensors()));
        return new Tokens(out.get(0), out.get(1)); // (B, L, D), (B, N, D)
    }

    private static Tensor enter(Tensor x, @Nullable Recompute recompute) {
        return recompute == null ? x : recompute.enter(x);
    }

    private Tensor videoTokens(List<Tensor> latents, List<Tensor> text) {
        return joined(IntStream.range(0, latents.size())
                .mapToObj(i -> patchEmbed.video(
                        projOut.adopt(latents.get(i)), text.get(i).size(1)))
                .toList()); // (B, N, D)
    }

    private static Tensor joined(List<Tensor> parts) {
        return parts.size() == 1 ? parts.get(0) : Tensors.cat(1, parts.toArray(Tensor[]::new));
    }

    private void check(List<Tensor> latents, List<Tensor> text, Tensor timestep, Positions positions) {
        List<Positions.Size> sizes = positions.sizes();
        if (latents.size() != sizes.size() || text.size() != sizes.size()) {
            throw new IllegalArgumentException(
                    "expected " + sizes.size() + " latents and texts, one for each clip of the" + " positions, found "
                            + latents.size() + " and " + text.size());
        }
        long batch = positions.packed() ? 1 : timestep.size(0);
        Shapes.check("timestep", timestep, positions.packed() ? sizes.size() : batch);
        for (int i = 0; i < sizes.size(); i++) {
            Positions.Size s = sizes.get(i);
            Shapes.check("text", text.get(i), batch, s.textTokens(), config.textEmbedDim());
            Shapes.check("latents", latents.get(i), batch, s.frames(), config.inChannels(), s.height(), s.width());
        }
    }

    /** The numbers of the output's patches, (B, N, P). */
    private Tensor patches(Tensor video, Tensor time, Positions positions) {
        return Scopes.keep(() -> {
            TensorVector out = normOut.vectors(time); // 2 × (B, 1, D)
            Tensor shift = positions.overVideo(out.get(0)); // (B, 1, D)
            Tensor scale = positions.overVideo(out.get(1).add(new Scalar(1.0))); // (B, 1, D)
            return projOut.forward(normOut.forward(normFinal.forward(video), shift, scale)); // (B, N, P)
        });
    }

    private Tensor unpatch(Tensor patches, Tensor like) {
        return Scopes.keep(() -> PatchEmbed.unpatch(patches, like, config.framesPerPatch(), config.patchSize())
                .to(like)); // (B, F, C, h, w)
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
