package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kinema.Video;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.MiniLmEncoder;
import kinema.text.OnnxWeights;
import kinema.text.tokenize.WordPieceTokenizer;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.LatentCache;
import kinema.weights.Checkpoint;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Fetches clips and turns them into what a transformer is trained on: scaled latents and the caption's states. */
final class ClipEncoder implements LatentCache.Maker, AutoCloseable {
    private static final int BATCH = 4;

    private final TransformerRecipe recipe;
    private final ClipSource source;
    private final VaeConfig config;
    private final Checkpoint vaeWeights;
    private final Vae vae;
    private final OnnxWeights textWeights = MiniLmEncoder.weights();
    private final MiniLmEncoder textEncoder = new MiniLmEncoder(new Weights(textWeights));
    private final WordPieceTokenizer tokenizer = WordPieceTokenizer.miniLm();

    ClipEncoder(TransformerRecipe recipe, ClipSource source) {
        this.recipe = recipe;
        this.source = source;
        Path folder = Path.of(recipe.model(), "vae");
        config = VaeConfig.read(folder.resolve("config.json"));
        vaeWeights = Checkpoint.open(folder, ScalarType.Float);
        vae = vaeWeights.load(w -> new Vae(w, config));
    }

    /** What the clips depend on, in words. */
    String origin() {
        return "vae scaling " + config.scalingFactor() + ", " + recipe.data().frames() + " frames, "
                + recipe.network().maxTextLength() + " tokens, seed " + recipe.seed();
    }

    /** The states of a text, (1, L, C). */
    Tensor text(String text) {
        return texts(List.of(text));
    }

    @Override
    public Map<String, Tensor> make(long first, int count) {
        List<Tensor> latents = new ArrayList<>();
        List<Tensor> texts = new ArrayList<>();
        for (int i = 0; i < count; i += BATCH) {
            List<CaptionedClip> clips = new ArrayList<>();
            for (long n = first + i; n < first + Math.min(count, i + BATCH); n++) {
                clips.add(source.clip(recipe.seed() * 1_000_003 + n, shape()));
            }
            latents.add(latents(clips.stream().map(CaptionedClip::video).toList(), first + i));
            texts.add(texts(clips.stream().map(CaptionedClip::caption).toList()));
        }
        return Map.of(
                "latents", Tensors.cat(0, latents.toArray(Tensor[]::new)),
                "text", Tensors.cat(0, texts.toArray(Tensor[]::new)));
    }

    @Override
    public void close() {
        tokenizer.close();
        textWeights.close();
        vaeWeights.close();
    }

    private ClipSource.Shape shape() {
        return new ClipSource.Shape(
                Math.toIntExact(config.sampleWidth()),
                Math.toIntExact(config.sampleHeight()),
                recipe.data().frames());
    }

    /** (B, F, Z, h, w), scaled. */
    private Tensor latents(List<Video> videos, long seed) {
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(seed)) {
            return Scopes.keep(() -> vae.encode(Clips.batch(videos))
                    .sample(rng) // (B, Z, F, h, w)
                    .mul(new Scalar(config.scalingFactor()))
                    .permute(0, 2, 1, 3, 4)
                    .contiguous()); // (B, F, Z, h, w)
        }
    }

    /** (B, L, C). */
    private Tensor texts(List<String> texts) {
        int length = recipe.network().maxTextLength();
        long[] ids = texts.stream()
                .flatMapToLong(
                        text -> Arrays.stream(tokenizer.encode(text, length).ids()))
                .toArray();
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.keep(() -> textEncoder.forward(Tensors.of(ids, texts.size(), length)));
        }
    }
}
