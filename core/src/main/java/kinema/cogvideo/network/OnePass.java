package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A whole sequence in one pass under masks, with the frames in the order of time: how the network is trained, and the plain
 * form of what {@link Decoder} does token by token. Works under autograd.
 *
 * <p>The input in a frame's first slot is the token that starts an image, and a token is the input of the slot after its own,
 * so a frame's last token is nobody's input. Axes: B sequences, L text tokens, T frames (5, or the one of a picture), N tokens of a frame, F = T·N,
 * S = L + F, D width. Holds the masks of its stage; close it. Safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, sections 3.2 and 3.3</a>
 */
public final class OnePass implements AutoCloseable {
    private final BackboneConfig config;
    private final int times; // frames of a sequence
    private final long startOfImage;
    private final boolean relaxed;
    private final List<Tensor> spatial = new ArrayList<>(); // of each frame, (N, N)
    private final List<Tensor> temporal = new ArrayList<>(); // of each parity, (F, F)

    /**
     * A pass of one stage.
     *
     * @param startOfImage the token that starts an image
     */
    public OnePass(BackboneConfig config, Stage stage, long startOfImage) {
        this(config, stage, startOfImage, false);
    }

    /**
     * A pass of one stage.
     *
     * @param startOfImage the token that starts an image
     * @param relaxed whether scores of the temporal channel are kept small, see {@link Attend#relaxed}
     */
    public OnePass(BackboneConfig config, Stage stage, long startOfImage, boolean relaxed) {
        this(config, stage, stage.ranks(), startOfImage, relaxed);
    }

    private OnePass(BackboneConfig config, Stage stage, int[] frames, long startOfImage, boolean relaxed) {
        this.config = config;
        this.startOfImage = startOfImage;
        this.relaxed = relaxed;
        times = frames.length;
        Visibility visibility = new Visibility(config, stage, false);
        for (int rank : frames) {
            int[] frame = {rank};
            spatial.add(Scopes.run(() -> Scopes.own(visibility.spatial(frame, frame))));
        }
        for (int parity = 0; parity < Windows.PARITIES; parity++) {
            int layers = parity;
            temporal.add(Scopes.run(() -> Scopes.own(visibility.temporal(layers, frames, frames))));
        }
    }

    /** A pass of a text and one picture, T = 1: what the text-to-image model is trained on. */
    public static OnePass ofPicture(BackboneConfig config, long startOfImage) {
        return new OnePass(config, Stage.KEYFRAMES, new int[] {0}, startOfImage, false);
    }

    /**
     * The states of the image slots out of the last layer.
     *
     * @param backbone with the stage's temporal channel; without one for a picture
     * @param text (B, L) ids, padded on the left
     * @param present (B, L) 1 for a token and 0 for padding
     * @param frames (B, T, N) ids of the image tokens
     * @return (B, F, D); slot s of frame t, at N·t + s, is the one that predicts token s of that frame
     */
    public Tensor forward(Backbone backbone, Tensor text, Tensor present, Tensor frames) {
        Shapes.check("text", text, Shapes.ANY, Shapes.ANY);
        Shapes.check("present", present, text.size(0), text.size(1));
        Shapes.check("frames", frames, text.size(0), times, config.frameTokens());
        return Scopes.keep(() -> {
            Tensor x = embed(backbone, text, present, frames); // (B, S, D)
            Tensor y = backbone.forward(x, reach(present)); // (B, S, D)
            return y.narrow(1, text.size(1), frameSlots()); // (B, F, D)
        });
    }

    private long frameSlots() {
        return times * config.frameTokens();
    }

    /** Tokens with their positions: (B, S, D). */
    Tensor embed(Backbone backbone, Tensor text, Tensor present, Tensor frames) {
        return Scopes.keep(() -> {
            List<Tensor> parts = new ArrayList<>();
            parts.add(backbone.text(text, TextPadding.positions(present))); // (B, L, D)
            for (int time = 0; time < times; time++) {
                parts.add(backbone.slots(inputs(frames.select(1, time), startOfImage), time, 0)); // (B, N, D)
            }
            return Tensors.cat(1, parts.toArray(Tensor[]::new)); // (B, S, D)
        });
    }

    /** What stands in a frame's slots when its tokens are those of (B, N): the start, then all but the last. */
    static Tensor inputs(Tensor tokens, long startOfImage) {
        return Scopes.keep(() -> {
            Tensor shifted = tokens.roll(new long[] {1}, 1); // (B, N)
            shifted.select(1, 0).fill_(new Scalar(startOfImage));
            return shifted;
        });
    }

    /** Masks of sequences whose text is padded. In the spatial channel each frame is a sequence of its own behind the text. */
    Reach reach(Tensor present) {
        long text = present.size(1);
        Tensor columns = TextPadding.mask(present); // (B, 1, 1, L)
        Tensor own = ownMasks(columns); // (B·T, 1, N, L + N)
        List<Tensor> across =
                temporal.stream().map(mask -> beside(columns, mask)).toList(); // each (B, 1, F, S)
        return new Reach() {
            @Override
            public long text() {
                return text;
            }

            @Override
            public Tensor spatial(int layer, Heads h) {
                return Scopes.keep(() -> {
                    Tensor words = Attend.with(
                            h.query().narrow(2, 0, text),
                            h.key().narrow(2, 0, text),
                            h.value().narrow(2, 0, text),
                            columns); // (B, A, L, K)
                    Tensor frames = Attend.with(
                            apart(h.query(), text), behindText(h.key(), text), behindText(h.value(), text), own);
                    return Tensors.cat(2, words, together(frames, present.size(0))); // (B, A, S, K)
                });
            }

            @Override
            public Tensor temporal(int layer, Heads h) {
                Tensor query = h.query().narrow(2, text, frameSlots());
                Tensor mask = across.get(layer % Windows.PARITIES);
                return relaxed
                        ? Attend.relaxed(query, h.key(), h.value(), mask)
                        : Attend.with(query, h.key(), h.value(), mask);
            }
        };
    }

    /** What each frame sees of the text and of itself: (B, 1, 1, L) to (B·T, 1, N, L + N). */
    private Tensor ownMasks(Tensor columns) {
        long batch = columns.size(0);
        long text = columns.size(3);
        long count = config.frameTokens();
        return Scopes.keep(() -> {
            Tensor[] masks =
                    spatial.stream().map(mask -> beside(columns, mask)).toArray(Tensor[]::new); // (B, 1, N, L + N)
            return Tensors.cat(1, masks).reshape(batch * times, 1, count, text + count);
        });
    }

    /** The frames of each sequence: (B, A, S, K) to (B·T, A, N, K). */
    private Tensor apart(Tensor heads, long text) {
        return Scopes.keep(() -> frames(heads, text).flatten(0, 1));
    }

    /** Each frame behind its sequence's text: (B, A, S, K) to (B·T, A, L + N, K). */
    private Tensor behindText(Tensor heads, long text) {
        return Scopes.keep(() -> {
            Tensor words = heads.narrow(2, 0, text)
                    .unsqueeze(1)
                    .expand(heads.size(0), times, heads.size(1), text, heads.size(3)); // (B, T, A, L, K)
            return Tensors.cat(3, words, frames(heads, text)).flatten(0, 1);
        });
    }

    /** (B, A, S, K) to (B, T, A, N, K). */
    private Tensor frames(Tensor heads, long text) {
        return heads.narrow(2, text, frameSlots())
                .unflatten(2, times, config.frameTokens())
                .transpose(1, 2);
    }

    /** Frames one after the other again: (B·T, A, N, K) to (B, A, F, K). */
    private Tensor together(Tensor frames, long batch) {
        return Scopes.keep(
                () -> frames.unflatten(0, batch, times).transpose(1, 2).flatten(2, 3));
    }

    /** Masks for text columns and for frame columns, side by side: (B, 1, 1, L) and (n, k) to (B, 1, n, L + k). */
    static Tensor beside(Tensor text, Tensor frames) {
        return Scopes.keep(() -> {
            long batch = text.size(0);
            long rows = frames.size(0);
            return Tensors.cat(
                    3, text.expand(batch, 1, rows, text.size(3)), frames.expand(batch, 1, rows, frames.size(1)));
        });
    }

    @Override
    public void close() {
        spatial.forEach(Scopes::free);
        temporal.forEach(Scopes::free);
    }
}
