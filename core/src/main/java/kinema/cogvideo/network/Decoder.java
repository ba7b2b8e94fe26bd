package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Generates the frames of a batch of sequences token by token: each step puts one token of every sequence through the backbone
 * and reads what came before from a cache. Frames come in the order of {@link Stage}. Not thread-safe; close it.
 *
 * <p>A frame that is finished is put through the backbone once more as a whole ({@link #append}), so that what the cache holds
 * of it depends on its tokens alone and not on how they came about: a run that goes on from tokens has the same numbers.
 * Axes: B sequences, L text tokens, N tokens of a frame, D width, V image tokens.
 */
public final class Decoder implements AutoCloseable {
    /** Tokens that go through the backbone together when a frame is put in as a whole. */
    private static final long TOGETHER = 2048;

    /**
     * What is to be generated.
     *
     * @param stage decides the order of frames and what they see
     * @param startOfImage the token that starts an image
     * @param wraps as in {@link Visibility}
     */
    public record Task(Stage stage, long startOfImage, boolean wraps) {}

    private final Backbone backbone;
    private final BackboneConfig config;
    private final Task task;
    private final TextPrefix text;
    private final Visibility visibility;
    private final KvCache cache;
    private final CachedReach reach;
    private int frames; // finished ones
    private long slot; // of the frame that is being made

    /**
     * Starts sequences with their text.
     *
     * @param backbone must stay in memory until this is closed
     * @param text likewise
     */
    public Decoder(Backbone backbone, Task task, TextPrefix text) {
        this.backbone = backbone;
        this.config = backbone.config();
        this.task = task;
        this.text = text;
        visibility = new Visibility(config, task.stage(), task.wraps());
        int room = backbone.isTemporal() ? BackboneConfig.FRAMES : 0;
        cache = new KvCache(backbone, text, room);
        reach = new CachedReach(cache, text, visibility, backbone.sharesProducts());
        Scopes.run(() -> {
            Tensor positions =
                    torch.arange(new Scalar(text.length())).to(ScalarType.Long).unsqueeze(0); // (1, L)
            Tensor x = backbone.text(text.ids(), positions); // (B, L, D)
            backbone.forward(x, reach.ofText()).close();
        });
    }

    /** Number of finished frames. */
    public int frames() {
        return frames;
    }

    /**
     * Puts in the frames that are given, all at once.
     *
     * @param tokens (B, as many frames as {@link Stage#given} says or the first, N)
     */
    public void give(Tensor tokens) {
        put(tokens, false);
    }

    /**
     * Puts in a frame that was generated, here or in an earlier run.
     *
     * @param tokens (B, N)
     */
    public void append(Tensor tokens) {
        Scopes.run(() -> put(tokens.unsqueeze(1), true));
    }

    private void put(Tensor tokens, boolean generated) {
        Shapes.check("tokens", tokens, text.batch(), Shapes.ANY, config.frameTokens());
        int count = Math.toIntExact(tokens.size(1));
        int[] ranks = IntStream.range(frames, frames + count).toArray();
        Scopes.run(() -> {
            CachedReach.Chunk chunk = reach.chunk(ranks, generated);
            long together = Math.max(1, TOGETHER / (count * config.frameTokens()));
            for (long row = 0; row < text.batch(); row += together) {
                long first = row;
                long rows = Math.min(together, text.batch() - row);
                Scopes.run(() -> {
                    Tensor x = embed(tokens.narrow(0, first, rows), ranks); // (rows, count·N, D)
                    backbone.forward(x, chunk.rows(first, rows)).close();
                });
            }
        });
        frames += count;
        slot = 0;
    }

    private Tensor embed(Tensor tokens, int[] ranks) {
        return Scopes.keep(() -> {
            List<Tensor> parts = new ArrayList<>();
            for (int i = 0; i < ranks.length; i++) {
                Tensor inputs = OnePass.inputs(tokens.select(1, i), task.startOfImage()); // (B, N)
                parts.add(backbone.slots(inputs, task.stage().time(ranks[i]), 0)); // (B, N, D)
            }
            return Tensors.cat(1, parts.toArray(Tensor[]::new)); // (B, count·N, D)
        });
    }

    /**
     * Scores of the next token of the frame that is being made.
     *
     * @param before (B) the frame's token before it; of no account for the first
     * @return (B, V) float32
     */
    public Tensor step(Tensor before) {
        Shapes.check("before", before, text.batch());
        if (slot >= config.frameTokens() || frames >= BackboneConfig.FRAMES) {
            throw new IllegalStateException("frame " + (frames + 1) + " is whole; it has to be appended");
        }
        return Scopes.keep(() -> {
            Tensor ids = slot == 0 ? torch.full_like(before, new Scalar(task.startOfImage())) : before; // (B)
            Tensor x = backbone.slots(ids.unsqueeze(1), task.stage().time(frames), slot); // (B, 1, D)
            Tensor y = backbone.forward(x, reach.ofStep(frames, slot)); // (B, 1, D)
            slot++;
            return backbone.logits(y.squeeze(1)); // (B, V)
        });
    }

    @Override
    public void close() {
        reach.close();
        cache.close();
    }
}
