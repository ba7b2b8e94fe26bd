package kinema.show1;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.show1.Show1Files.Part;
import kinema.tensor.Device;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.ClipConfig;
import kinema.text.ClipEncoder;
import kinema.text.T5Config;
import kinema.text.T5Encoder;
import kinema.text.TextEncoder;
import kinema.text.tokenize.ClipTokenizer;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.TokenIds;
import kinema.text.tokenize.Tokenizer;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * From texts to their states: T5 for the stages in pixels, CLIP for the expert. An encoder's weights are in memory only while
 * it encodes.
 *
 * <p>Axes: B texts, L tokens, S width of the states.
 */
final class Show1Text implements AutoCloseable {
    /** Tokens of a text, for both encoders. */
    static final int LENGTH = 77;

    /** Layers that have the peak of all. */
    private static final int LAYERS = 2;

    private final Show1Files files;
    private final Placement placement;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private @Nullable Tokenizer pixels;
    private @Nullable Tokenizer latents;

    /**
     * Those of a model; nothing is opened before it is used.
     *
     * @param placement of the encoders' weights
     */
    Show1Text(Show1Files files, Placement placement) {
        this.files = files;
        this.placement = placement;
    }

    /** The ids that the stages in pixels see of a text: in lower case. */
    synchronized TokenIds forPixels(String text) {
        if (pixels == null) {
            Tokenizer opened =
                    SentencePieceTokenizer.open(files.textFolder("tokenizer").resolve("spiece.model"));
            closing.push(opened::close);
            pixels = opened;
        }
        return pixels.encode(text.toLowerCase(Locale.ROOT).strip(), LENGTH);
    }

    /** The ids that the expert sees of a text. */
    synchronized TokenIds forLatents(String text) {
        if (latents == null) {
            Tokenizer opened = ClipTokenizer.open(files.folder(Part.EXPERT, "tokenizer"));
            closing.push(opened::close);
            latents = opened;
        }
        return latents.encode(text, LENGTH);
    }

    /** T5's states, (B, L, S) float32, without attention to padding. */
    Tensor pixelStates(TokenIds... texts) {
        long[] used = Arrays.stream(texts).mapToLong(TokenIds::used).toArray();
        try (Checkpoint checkpoint = Checkpoint.open(files.textFolder("text_encoder"), placement)) {
            return T5Encoder.of(checkpoint, t5(), placement)
                    .use(network -> Scopes.keep(() -> inFloat(network.forward(ids(texts), used))));
        }
    }

    /** CLIP's states, (B, L, S) float32. */
    Tensor latentStates(TokenIds... texts) {
        try (Checkpoint checkpoint = Checkpoint.open(files.folder(Part.EXPERT, "text_encoder"), placement)) {
            return ClipEncoder.of(checkpoint, clip(), placement)
                    .use(network -> Scopes.keep(() -> inFloat(network.forward(ids(texts)))));
        }
    }

    /**
     * What footprints say of the larger encoder's weights.
     *
     * @param inPixels whether T5 is needed too
     */
    Network network(boolean inPixels) {
        Path folder = inPixels ? files.textFolder("text_encoder") : files.folder(Part.EXPERT, "text_encoder");
        try (Checkpoint checkpoint = Checkpoint.open(folder, placement)) {
            return Network.ofEachUse(
                    inPixels
                            ? T5Encoder.weigh(checkpoint, t5(), placement)
                            : ClipEncoder.weigh(checkpoint, clip(), placement),
                    Residency.STREAMED);
        }
    }

    /** Bytes that encoding takes beside the weights, at its peak; one layer is like another. */
    long work(boolean inPixels) {
        return inPixels
                ? Meter.dryRun(
                        w -> new T5Encoder(w, t5().withLayers(Math.min(LAYERS, t5().layers()))),
                        placement.dtype(),
                        Show1Text::encodeAny)
                : Meter.dryRun(w -> new ClipEncoder(w, clip()), placement.dtype(), Show1Text::encodeAny);
    }

    private static void encodeAny(TextEncoder network) {
        var unused = network.forward(Tensors.zeros(ScalarType.Long, 2, LENGTH)); // (2, L, S)
    }

    private T5Config t5() {
        return T5Config.read(ConfigFile.read(files.textFolder("text_encoder").resolve("config.json")));
    }

    private ClipConfig clip() {
        return ClipConfig.read(files.config(Part.EXPERT, "text_encoder"));
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        closing.clear();
    }

    private static Tensor ids(TokenIds... texts) {
        long[] ids = Arrays.stream(texts)
                .flatMapToLong(text -> Arrays.stream(text.ids()))
                .toArray();
        return Tensors.of(ids, texts.length, LENGTH);
    }

    private static Tensor inFloat(Tensor states) {
        return Device.CPU.place(states, ScalarType.Float);
    }
}
