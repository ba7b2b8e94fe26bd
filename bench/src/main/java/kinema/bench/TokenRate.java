package kinema.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.network.TextPrefix;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How fast CogVideo makes tokens: of a key frame, with guidance, by some of the published layers with matrices in 16 bits. A token needs every
 * weight once, so the limit is how fast memory is read; that is measured in turn with the tokens, by the sum of as many numbers.
 */
public final class TokenRate {
    private static final int LAYERS = 4;
    private static final int SEQUENCES = 2; // a video and its guide
    private static final int TEXT = 20; // tokens
    private static final int TOKENS = 30;
    private static final double VALUE = 0.01;
    private static final String TABLES = "embeddings"; // of which a token reads a row, but for the head
    private static final double GIGA = 1e9;

    private final BackboneConfig config = BackboneConfig.PUBLISHED.withLayers(LAYERS);

    private TokenRate() {}

    /** Prints the rate; it takes no arguments. */
    public static void main(String[] args) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> new TokenRate().measure());
        }
    }

    private void measure() {
        Backbone backbone = new Backbone(
                config,
                new BaseModel(filled(), config.base()),
                new TemporalChannel(filled(), config));
        double layers = bytes(config);
        double head = Short.BYTES * config.base().imageTokens() * (double) config.base().width();
        Tensor memory = torch.ones((long) ((layers + head) / Float.BYTES));
        List<Double> tokens = new ArrayList<>();
        List<Double> reads = new ArrayList<>();
        long[] ids = new long[TEXT];
        TextPrefix.Text text = new TextPrefix.Text(ids, 0);
        try (TextPrefix prefix = new TextPrefix(Collections.nCopies(SEQUENCES, text));
                Decoder decoder = new Decoder(backbone, new Decoder.Task(Stage.KEYFRAMES, 0, false), prefix)) {
            decoder.give(Tensors.zeros(ScalarType.Long, SEQUENCES, 1, config.frameTokens()));
            Tensor before = Tensors.zeros(ScalarType.Long, SEQUENCES);
            for (int i = 0; i < TOKENS; i++) {
                reads.add(time(memory::sum));
                tokens.add(time(() -> ComputeThreads.alone(() -> decoder.step(before))));
            }
        }
        double rate = (layers + head) / median(tokens) / GIGA;
        double limit = (layers + head) / median(reads) / GIGA;
        double whole = layers / LAYERS * BackboneConfig.PUBLISHED.base().layers() + head;
        System.out.printf(
                Locale.ROOT,
                "%d threads: %d of %d layers and the head, %.2f GB of weights, a token of %d sequences in %.3f s: %.1f GB/s, %.2f of"
                        + " the %.1f GB/s at which memory is read; all layers (%.1f GB): %.2f tokens a second%n",
                torch.get_num_threads(),
                LAYERS,
                BackboneConfig.PUBLISHED.base().layers(),
                (layers + head) / GIGA,
                SEQUENCES,
                median(tokens),
                rate,
                rate / limit,
                limit,
                whole / GIGA,
                rate * GIGA / whole);
    }

    /** As checkpoints are opened: matrices in 16 bits, all else in 32. Their numbers do not matter, but that they are in memory. */
    private static Weights filled() {
        return new Weights((key, init, shape) ->
                torch.full(shape, new Scalar(VALUE)).to(shape.length > 1 ? ScalarType.Half : ScalarType.Float));
    }

    /** Of the layers' matrices. */
    private static double bytes(BackboneConfig config) {
        List<LeafSpec> leaves = new ArrayList<>(ShapeTree.of(w -> new BaseModel(w, config.base())));
        leaves.addAll(ShapeTree.of(w -> new TemporalChannel(w, config)));
        return leaves.stream()
                .filter(leaf -> leaf.shape().length > 1 && !leaf.key().contains(TABLES))
                .mapToDouble(leaf -> Short.BYTES * (double) leaf.count())
                .sum();
    }

    private static double median(List<Double> seconds) {
        return seconds.stream().sorted().toList().get(seconds.size() / 2);
    }

    private static double time(Supplier<Tensor> body) {
        long start = System.nanoTime();
        Scopes.run(() -> {
            var unused = body.get();
        });
        return (System.nanoTime() - start) / GIGA;
    }
}
