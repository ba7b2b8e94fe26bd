package kinema.bench;

import java.util.Collections;
import java.util.Locale;
import kinema.Kinema;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.TextPrefix;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A frame of small CogVideos by one thread and by all there are, in turns, in float32: what {@link kinema.tensor.ComputeThreads} goes by. Prints, for
 * each width and number of sequences, the multiplications of a layer's largest product and the medians.
 */
public final class TokenThreads {
    private static final long[] WIDTHS = {128, 256, 512, 1024};
    private static final int[] SEQUENCES = {1, 2, 8, 20};
    private static final int LAYERS = 4;
    private static final int FRAME = 64; // tokens
    private static final int TEXT = 20; // tokens, at most
    private static final int IMAGE_TOKENS = 2048;
    private static final int VOCABULARY = 2656;
    private static final int HEAD = 64; // width
    private static final int WIDER = 4; // inside a layer
    private static final int TURNS = 9;
    private static final double MILLION = 1e6;
    private static final double NANOS = 1e9;

    private TokenThreads() {}

    /** Prints the table; it takes no arguments. */
    public static void main(String[] args) {
        Kinema.loadLibtorch(); // with its way of waiting, as in a program that makes videos
        int all = torch.get_num_threads();
        System.out.printf(
                "| width | sequences | million multiplications | %d threads, s | 1 thread, s | ratio | range |%n", all);
        System.out.println("|---|---|---|---|---|---|---|");
        try (NoGradGuard guard = new NoGradGuard()) {
            for (long width : WIDTHS) {
                measure(width, all);
            }
        }
    }

    private static void measure(long width, int all) {
        BaseConfig base = new BaseConfig(
                LAYERS,
                width,
                width / HEAD,
                WIDER * width,
                VOCABULARY,
                IMAGE_TOKENS,
                BaseConfig.IMAGE_POSITION + 1 + FRAME);
        BackboneConfig config = new BackboneConfig(base, (BackboneConfig.FRAMES - 1) * FRAME, TEXT, FRAME, 2);
        try (Rng rng = new Rng(0);
                Parameters parameters = Parameters.init(w -> new BaseModel(w, base), rng)) {
            Backbone backbone = new Backbone(config, new BaseModel(new Weights(parameters), base), null);
            for (int sequences : SEQUENCES) {
                Pairs pairs = new Pairs();
                for (int turn = 0; turn < TURNS; turn++) {
                    pairs.add(frame(backbone, sequences, all), frame(backbone, sequences, 1));
                }
                double million = sequences * width * base.inner() / MILLION;
                System.out.println(pairs.row(String.format(Locale.ROOT, "%d | %d | %.2f", width, sequences, million)));
            }
        }
    }

    /** Seconds of a frame, without its first token. */
    private static double frame(Backbone backbone, int sequences, int threads) {
        Kinema.setThreads(threads);
        TextPrefix.Text text = new TextPrefix.Text(new long[] {VOCABULARY - 1}, 0);
        try (TextPrefix prefix = new TextPrefix(Collections.nCopies(sequences, text));
                Decoder decoder = new Decoder(backbone, new Decoder.Task(Stage.KEYFRAMES, 0, false), prefix)) {
            Tensor before = Tensors.zeros(ScalarType.Long, sequences);
            step(decoder, before);
            long start = System.nanoTime();
            for (int i = 1; i < FRAME; i++) {
                step(decoder, before);
            }
            return (System.nanoTime() - start) / NANOS;
        }
    }

    private static void step(Decoder decoder, Tensor before) {
        Scopes.run(() -> {
            var unused = decoder.step(before);
        });
    }
}
