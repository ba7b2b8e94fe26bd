package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kinema.cogvideox.files.ModelFiles;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.MiniLmEncoder;
import kinema.text.OnnxWeights;
import kinema.text.T5Config;
import kinema.text.T5Encoder;
import kinema.text.TextEncoder;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.Tokenizer;
import kinema.text.tokenize.WordPieceTokenizer;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Texts to states, with the text encoder that a model folder names; it stays open from one text to the next. */
final class TextCoder implements AutoCloseable {
    private final Tokenizer tokenizer;
    private final OnDemand<? extends TextEncoder> encoder;
    private final AutoCloseable weights;
    private final int length;

    private TextCoder(
            Tokenizer tokenizer, OnDemand<? extends TextEncoder> encoder, AutoCloseable weights, long length) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
        this.weights = weights;
        this.length = Math.toIntExact(length);
    }

    /** MiniLM, which new networks are trained with. */
    static TextCoder miniLm(long length) {
        OnnxWeights weights = MiniLmEncoder.weights();
        return new TextCoder(
                WordPieceTokenizer.miniLm(),
                new OnDemand.Always<>(new MiniLmEncoder(new Weights(weights))),
                weights,
                length);
    }

    /** The text encoder of a model; T5 is read block by block at each use. */
    static TextCoder of(ModelFiles files, long length) {
        ModelIndex index = new ModelIndex(files.index());
        if (index.part("text_encoder").equals("MiniLmEncoder")) {
            return miniLm(length);
        }
        if (!index.part("text_encoder").equals("T5EncoderModel")) {
            throw index.unknown("text_encoder", "T5EncoderModel, MiniLmEncoder");
        }
        Path folder = files.textEncoder();
        T5Config config = T5Config.read(ConfigFile.read(folder.resolve("config.json")));
        Placement placement = Placement.resident(ScalarType.Float).streamed();
        Checkpoint checkpoint = Checkpoint.open(folder, placement);
        return new TextCoder(
                SentencePieceTokenizer.open(files.tokenizer().resolve("spiece.model")),
                T5Encoder.of(checkpoint, config, placement),
                checkpoint,
                length);
    }

    /** The states of texts, (B, L, C) float32. */
    Tensor states(List<String> texts) {
        long[] ids = texts.stream()
                .flatMapToLong(
                        text -> Arrays.stream(tokenizer.encode(text, length).ids()))
                .toArray();
        try (NoGradGuard guard = new NoGradGuard()) {
            return encoder.use(
                    network -> Scopes.keep(() -> network.forward(Tensors.of(ids, texts.size(), length)))); // (B, L, C)
        }
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            weights.close();
        } catch (Exception e) {
            throw new IllegalStateException("weights close without an error", e);
        }
    }
}
