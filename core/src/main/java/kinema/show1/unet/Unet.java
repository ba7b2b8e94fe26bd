package kinema.show1.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.nn.Linear;
import kinema.nn.TimeEmbedding;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.show1.unet.UnetConfig.Level;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A denoising network of Show-1: a UNet over the frames of a clip whose layers also join the frames, or, without those,
 * one over a single picture.
 *
 * <p>Samples go through a layer one after the other, so a sample's numbers do not depend on what it is computed with, and
 * a layer's weights are needed once for all of them. In training they go through it together, which is many times as fast where they are small.
 *
 * <p>Axes: B batch, C channels, F frames, H W rows and columns, E width of the time embedding, L text tokens, S width of
 * their states, X of what layers attend to. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.2 and figure 5</a>
 */
public final class Unet {
    /**
     * Texts as the layers take them, which is the same at every step.
     *
     * @param pooled (B, E) what is added to the time embedding; null where the network has none
     * @param states (B, L, X)
     */
    public record Text(@Nullable Tensor pooled, Tensor states) {
        /** Its tensors. */
        public List<Tensor> tensors() {
            return pooled == null ? List.of(states) : List.of(pooled, states);
        }
    }

    /** The layers of one block and what leads from it to the next, if anything does. */
    private record Block(
            List<OnDemand<UnetLayer>> layers, @Nullable OnDemand<Resampler> resampler) {}

    /** What layers are told of samples that go through them together: time (S, E) and text (S, L, X). */
    private record Told(Tensor time, Tensor text) {
        long samples() {
            return time.size(0);
        }
    }

    /** The frames of samples that go through layers together, (S·F, C, H, W). */
    private record Clips(List<Tensor> clips) {
        void close() {
            clips.forEach(Tensor::close);
        }
    }

    private static final long KERNEL = 3;

    /** Heads of the attention between frames that comes before the first level, and the width of each. */
    private static final long HEADS_IN = 8;

    private static final long HEAD_WIDTH_IN = 64;

    private final UnetConfig config;
    private final Conv2d convIn;
    private final @Nullable OnDemand<TemporalTransformer> transformerIn;
    private final OnDemand<TimeEmbedding> timeEmbedding;
    private final @Nullable OnDemand<TimeEmbedding> levelEmbedding;
    private final @Nullable OnDemand<TextPooling> textPooling;
    private final @Nullable OnDemand<Linear> textProj;
    private final List<Block> down = new ArrayList<>();
    private final Block middle;
    private final List<Block> up = new ArrayList<>();
    private final GroupNorm normOut;
    private final Conv2d convOut;

    /** A network over a tree with the published keys. */
    public Unet(Weights w, UnetConfig c) {
        config = c;
        ResnetConfig r = c.resnets();
        convIn = new Conv2d(w.at("conv_in"), c.inChannels(), c.width(), KERNEL);
        transformerIn = c.transformerIn() ? w.at("transformer_in").part(at -> transformerIn(at, c)) : null;
        timeEmbedding = w.at("time_embedding").part(at -> embedding(at, c));
        levelEmbedding = c.time().noiseLevel() ? w.at("class_embedding").part(at -> embedding(at, c)) : null;
        boolean pixels = c.kind() == Kind.PIXEL;
        textPooling = pixels ? w.at("add_embedding").part(at -> new TextPooling(at, c)) : null;
        textProj = pixels
                ? w.at("encoder_hid_proj")
                        .part(at ->
                                new Linear(at, c.text().stateWidth(), c.text().width()))
                : null;
        for (int i = 0; i < c.levels().size(); i++) {
            down.add(down(w.at("down_blocks").at(i), c, i));
        }
        Weights mid = w.at("mid_block");
        middle = new Block(
                List.of(mid.part(at -> UnetLayer.ofMiddle(at, 0, c)), mid.part(at -> UnetLayer.ofMiddle(at, 1, c))),
                null);
        for (int i = 0; i < c.levels().size(); i++) {
            up.add(up(w.at("up_blocks").at(i), c, i));
        }
        normOut = new GroupNorm(w.at("conv_norm_out"), c.width(), r.groups(), r.eps());
        convOut = new Conv2d(w.at("conv_out"), c.width(), c.outChannels(), KERNEL);
    }

    /** The configuration this was made with. */
    public UnetConfig config() {
        return config;
    }

    /**
     * Prepares texts, once for all steps.
     *
     * @param states (B, L, S) of the text encoder, any dtype
     * @return its tensors are the caller's
     */
    public Text text(Tensor states) {
        Shapes.check(
                "text states", states, Shapes.ANY, Shapes.ANY, config.text().stateWidth());
        return Scopes.keepAll(
                () -> {
                    Tensor adopted = convIn.adopt(states); // (B, L, S)
                    return new Text(
                            textPooling == null ? null : textPooling.use(pooling -> pooling.forward(adopted)), // (B, E)
                            textProj == null
                                    ? adopted.clone()
                                    : textProj.use(proj -> proj.forward(adopted))); // (B, L, X)
                },
                Text::tensors);
    }

    /**
     * Predicts.
     *
     * @param input (B, C, F, H, W), the noisy sample and what it is conditioned on, any dtype
     * @param timestep (B), any number type
     * @param noiseLevel (B) how noisy the condition is, where the network is told that; else null
     * @param text of B texts, {@link #text}
     * @return (B, C of the output, F, H, W), in the dtype of {@code input}
     * @throws IllegalArgumentException when a shape does not fit the others or the network
     */
    public Tensor forward(Tensor input, Tensor timestep, @Nullable Tensor noiseLevel, Text text) {
        return forward(input, timestep, noiseLevel, text, null);
    }

    /**
     * Predicts with some of the numbers left out, as in training.
     *
     * @param dropout leaves them out; null for none
     * @see #forward(Tensor, Tensor, Tensor, Text)
     */
    public Tensor forward(
            Tensor input, Tensor timestep, @Nullable Tensor noiseLevel, Text text, @Nullable Dropout dropout) {
        check(input, timestep, noiseLevel, text);
        return predict(input, () -> oneByOne(told(timestep, noiseLevel, text)), dropout);
    }

    /**
     * Predicts of all samples at once: what is kept for derivatives is the same, the operations are fewer and larger.
     *
     * @see #forward(Tensor, Tensor, Tensor, Text)
     */
    public Tensor together(Tensor input, Tensor timestep, @Nullable Tensor noiseLevel, Text text) {
        check(input, timestep, noiseLevel, text);
        return predict(input, () -> List.of(told(timestep, noiseLevel, text)), null);
    }

    private Tensor predict(Tensor input, Supplier<List<Told>> telling, @Nullable Dropout dropout) {
        return Scopes.keep(() -> {
            List<Told> told = telling.get();
            Clips x = first(input, told); // n × (S·F, D, H, W)
            Deque<Clips> skips = new ArrayDeque<>();
            skips.push(x);
            for (Block block : down) {
                for (OnDemand<UnetLayer> layer : block.layers()) {
                    x = through(layer, x, told, dropout); // n × (S·F, D, H, W)
                    skips.push(x);
                }
                if (block.resampler() != null) {
                    x = resample(block.resampler(), x, told, null); // n × (S·F, D, H/2, W/2)
                    skips.push(x);
                }
            }
            for (OnDemand<UnetLayer> layer : middle.layers()) {
                x = through(
                        layer, x, told,
                        dropout); // n × (S·F, D, H/2ⁿ, W/2ⁿ); the first input is a skip, the second is small
            }
            for (Block block : up) {
                for (OnDemand<UnetLayer> layer : block.layers()) {
                    Clips joined = joined(x, skips.pop()); // n × (S·F, D + D', H, W)
                    x = through(layer, joined, told, dropout); // n × (S·F, D, H, W)
                    joined.close();
                }
                if (block.resampler() != null) {
                    Clips small = x;
                    x = resample(block.resampler(), small, told, skips.getFirst()); // n × (S·F, D, 2·H, 2·W)
                    small.close();
                }
            }
            return last(x, told).to(input.scalar_type()); // (B, C, F, H, W)
        });
    }

    private void check(Tensor input, Tensor timestep, @Nullable Tensor noiseLevel, Text text) {
        long batch = text.states().size(0);
        Shapes.check("input", input, batch, config.inChannels(), Shapes.ANY, Shapes.ANY, Shapes.ANY);
        Shapes.check("timestep", timestep, batch);
        if ((noiseLevel != null) != config.time().noiseLevel()) {
            throw new IllegalArgumentException(
                    noiseLevel == null
                            ? "this network must be told how noisy its condition is"
                            : "this network is not told how noisy its condition is");
        }
        if (noiseLevel != null) {
            Shapes.check("noise level", noiseLevel, batch);
        }
        long multiple = config.kind() == Kind.PIXEL ? config.multiple() : 1;
        if (input.size(3) % multiple != 0 || input.size(4) % multiple != 0) {
            throw new IllegalArgumentException("rows and columns must be multiples of " + multiple + ", found "
                    + input.size(3) + " and " + input.size(4));
        }
        if (!config.temporal() && input.size(2) != 1) {
            throw new IllegalArgumentException(
                    "this network makes single pictures, found " + input.size(2) + " frames");
        }
    }

    /** The time embedding of all samples, beside their texts. */
    private Told told(Tensor timestep, @Nullable Tensor noiseLevel, Text text) {
        Tensor time = timeEmbedding.use(embedding -> embedding.forward(timestep)); // (B, E)
        if (levelEmbedding != null && noiseLevel != null) {
            Tensor level = levelEmbedding.use(embedding -> embedding.forward(noiseLevel)); // (B, E)
            time = time.add(level); // (B, E)
        }
        if (text.pooled() != null) {
            time = time.add(text.pooled()); // (B, E)
        }
        if (config.time().activated()) {
            time = config.resnets().activation().of(time); // (B, E)
        }
        return new Told(time, text.states());
    }

    private static List<Told> oneByOne(Told all) {
        List<Told> told = new ArrayList<>();
        for (long i = 0; i < all.samples(); i++) {
            told.add(new Told(all.time().narrow(0, i, 1), all.text().narrow(0, i, 1)));
        }
        return told;
    }

    private Clips first(Tensor input, List<Told> told) {
        List<Tensor> clips = new ArrayList<>();
        long before = 0;
        for (Told t : told) {
            Tensor samples = input.narrow(0, before, t.samples()); // (S, C, F, H, W)
            Tensor frames = convIn.adopt(samples).transpose(1, 2).flatten(0, 1).contiguous(); // (S·F, C, H, W)
            Tensor x = convIn.forward(frames); // (S·F, D, H, W)
            clips.add(
                    transformerIn == null
                            ? x
                            : transformerIn.use(between -> between.forward(x, t.samples()))); // (S·F, D, H, W)
            before += t.samples();
        }
        return new Clips(clips);
    }

    private Tensor last(Clips x, List<Told> told) {
        Tensor[] clips = new Tensor[told.size()];
        for (int i = 0; i < clips.length; i++) {
            Tensor clip = x.clips().get(i); // (S·F, D, H, W)
            long samples = told.get(i).samples();
            clips[i] = Scopes.keep(() -> {
                Tensor y = config.resnets().activation().of(normOut.forward(clip)); // (S·F, D, H, W)
                long[] shape = {samples, clip.size(0) / samples, config.outChannels(), clip.size(2), clip.size(3)};
                return convOut.forward(y).reshape(shape).transpose(1, 2); // (S, C, F, H, W)
            });
        }
        return Tensors.cat(0, clips); // (B, C, F, H, W)
    }

    private static Clips through(OnDemand<UnetLayer> layer, Clips x, List<Told> told, @Nullable Dropout dropout) {
        return layer.use(l -> {
            int count = x.clips().size();
            List<List<Tensor>> masks = l.masks(dropout, count, x.clips().get(0));
            Clips made = each(x, told, (clip, t, i) -> l.forward(clip, t.time(), t.text(), masks.get(i)));
            masks.forEach(own -> own.forEach(Tensor::close));
            return made;
        });
    }

    private static Clips resample(OnDemand<Resampler> resampler, Clips x, List<Told> told, @Nullable Clips like) {
        return resampler.use(r -> each(
                x,
                told,
                (clip, t, i) -> r.forward(
                        clip, t.time(), like == null ? null : like.clips().get(i))));
    }

    /** Joins on the channels, and frees both. */
    private static Clips joined(Clips x, Clips skip) {
        List<Tensor> samples = new ArrayList<>();
        for (int i = 0; i < x.clips().size(); i++) {
            samples.add(Tensors.cat(1, x.clips().get(i), skip.clips().get(i)));
        }
        x.close();
        skip.close();
        return new Clips(samples);
    }

    private interface Step {
        Tensor of(Tensor clip, Told told, int sample);
    }

    private static Clips each(Clips x, List<Told> told, Step step) {
        List<Tensor> samples = new ArrayList<>();
        for (int i = 0; i < x.clips().size(); i++) {
            samples.add(step.of(x.clips().get(i), told.get(i), i));
        }
        return new Clips(samples);
    }

    private static Block down(Weights block, UnetConfig c, int i) {
        Level level = c.levels().get(i);
        long before = c.levels().get(Math.max(0, i - 1)).width();
        List<OnDemand<UnetLayer>> layers = new ArrayList<>();
        for (int j = 0; j < level.layers(); j++) {
            int index = j;
            layers.add(block.part(at -> UnetLayer.of(at, index, c, level, index == 0 ? before : level.width())));
        }
        boolean last = i == c.levels().size() - 1;
        return new Block(
                layers, last ? null : block.at("downsamplers.0").part(at -> resampler(at, c, level.width(), false)));
    }

    private static Block up(Weights block, UnetConfig c, int i) {
        int levels = c.levels().size();
        Level level = c.levels().get(levels - 1 - i);
        long before = c.levels().get(Math.min(levels - 1, levels - i)).width();
        long finer = c.levels().get(Math.max(0, levels - 2 - i)).width();
        List<OnDemand<UnetLayer>> layers = new ArrayList<>();
        for (int j = 0; j <= level.layers(); j++) {
            int index = j;
            long in = (j == 0 ? before : level.width()) + (j == level.layers() ? finer : level.width());
            layers.add(block.part(at -> UnetLayer.of(at, index, c, level, in)));
        }
        boolean last = i == levels - 1;
        return new Block(
                layers, last ? null : block.at("upsamplers.0").part(at -> resampler(at, c, level.width(), true)));
    }

    private static Resampler resampler(Weights w, UnetConfig c, long width, boolean up) {
        if (c.kind() == Kind.PIXEL) {
            return new Resnet(w, c.resnets(), width, width, up ? Resnet.Size.DOUBLED : Resnet.Size.HALVED);
        }
        return up ? ConvResampler.up(w, width) : ConvResampler.down(w, width);
    }

    private static TimeEmbedding embedding(Weights w, UnetConfig c) {
        return new TimeEmbedding(
                w, c.width(), c.resnets().timeWidth(), c.resnets().activation());
    }

    private static TemporalTransformer transformerIn(Weights w, UnetConfig c) {
        return new TemporalTransformer(w, c.width(), c.resnets().groups(), HEADS_IN * HEAD_WIDTH_IN, HEADS_IN);
    }
}
