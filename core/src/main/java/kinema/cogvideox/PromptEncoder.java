package kinema.cogvideox;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kinema.cogvideox.files.ModelFiles;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.tensor.Device;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.MiniLmEncoder;
import kinema.text.OnnxWeights;
import kinema.text.T5Config;
import kinema.text.T5Encoder;
import kinema.text.TextEncoder;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.TokenIds;
import kinema.text.tokenize.Tokenizer;
import kinema.text.tokenize.WordPieceTokenizer;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.Placement;
import kinema.weights.WeightTally;
import kinema.weights.Weights;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * From prompts to text states, with the tokenizer and text encoder that {@code model_index.json} names. The encoder,
 * by far the largest network of a published model, is in memory only while it encodes.
 */
final class PromptEncoder implements AutoCloseable {
    private static final String MINI_LM = "MiniLmEncoder";
    private static final int BLOCKS = 2; // that have the peak of all

    private final ModelFiles files;
    private final String encoder;
    private final Tokenizer tokenizer;
    private final int length;
    private final TextStates last = new TextStates();

    private PromptEncoder(ModelFiles files, String encoder, Tokenizer tokenizer, int length) {
        this.files = files;
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.length = length;
    }

    /**
     * Opens the tokenizer of a model.
     *
     * @param length tokens the transformer was made for
     * @throws WeightsException when the index names a class this engine does not have
     */
    static PromptEncoder open(ModelFiles files, ModelIndex index, long length) {
        String encoder = index.part("text_encoder");
        if (!encoder.equals("T5EncoderModel") && !encoder.equals(MINI_LM)) {
            throw index.unknown("text_encoder", "T5EncoderModel, MiniLmEncoder");
        }
        Tokenizer tokenizer = switch (index.part("tokenizer")) {
            case "T5Tokenizer", "T5TokenizerFast" ->
                SentencePieceTokenizer.open(files.tokenizer().resolve("spiece.model"));
            case "WordPieceTokenizer" -> wordPiece(files.tokenizer().resolve("tokenizer.json"));
            default -> throw index.unknown("tokenizer", "T5Tokenizer, WordPieceTokenizer");
        };
        return new PromptEncoder(files, encoder, tokenizer, Math.toIntExact(length));
    }

    /** The ids of a text, cut or padded to the length the transformer was made for. */
    TokenIds tokenize(String text) {
        return tokenizer.encode(text, length);
    }

    /**
     * The states of texts; those that the last call had too are not computed again.
     *
     * @param placement of the encoder's weights, always the same
     * @param texts B token lists
     * @return (B, L, C) float32
     */
    Tensor encode(Placement placement, TokenIds... texts) {
        return last.of(List.of(texts), missing -> compute(placement, missing));
    }

    private Tensor compute(Placement placement, List<TokenIds> texts) {
        return switch (encoder) {
            case MINI_LM -> {
                try (OnnxWeights weights = MiniLmEncoder.weights()) {
                    yield states(new MiniLmEncoder(new Weights(weights)), texts);
                }
            }
            default -> {
                try (Checkpoint checkpoint = Checkpoint.open(files.textEncoder(), placement.dtype())) {
                    yield T5Encoder.of(checkpoint, config(), placement).use(network -> states(network, texts));
                }
            }
        };
    }

    /** The encoder's weights: of T5 those of a block at a time, of MiniLM all. */
    Network network(Placement placement) {
        if (encoder.equals(MINI_LM)) {
            WeightTally all = WeightTally.of(MiniLmEncoder::new, leaf -> leaf.count() * Float.BYTES);
            return Network.ofEachUse(all, Residency.RESIDENT);
        }
        try (Checkpoint checkpoint = Checkpoint.open(files.textEncoder(), placement)) {
            return Network.ofEachUse(T5Encoder.weigh(checkpoint, config(), placement), Residency.STREAMED);
        }
    }

    /** Bytes that encoding takes beside the weights; one block is like another. */
    long measure(Placement placement, int texts) {
        return encoder.equals(MINI_LM)
                ? Meter.dryRun(MiniLmEncoder::new, ScalarType.Float, network -> encodeAny(network, texts))
                : Meter.dryRun(
                        w -> new T5Encoder(w, config().withLayers(Math.min(BLOCKS, config().layers()))),
                        placement.dtype(),
                        network -> encodeAny(network, texts));
    }

    private void encodeAny(TextEncoder network, int texts) {
        var unused = network.forward(Tensors.zeros(ScalarType.Long, texts, length)); // (B, L, C)
    }

    private T5Config config() {
        return T5Config.read(ConfigFile.read(files.textEncoder().resolve("config.json")));
    }

    @Override
    public void close() {
        last.close();
        tokenizer.close();
    }

    private Tensor states(TextEncoder network, List<TokenIds> texts) {
        return Scopes.keep(() -> {
            long[] ids =
                    texts.stream().flatMapToLong(t -> Arrays.stream(t.ids())).toArray();
            Tensor states = network.forward(Tensors.of(ids, texts.size(), length)); // (B, L, C)
            return Device.CPU.place(states, ScalarType.Float); // (B, L, C)
        });
    }

    private static Tokenizer wordPiece(Path file) {
        return Files.isRegularFile(file) ? WordPieceTokenizer.open(file) : WordPieceTokenizer.miniLm();
    }
}
