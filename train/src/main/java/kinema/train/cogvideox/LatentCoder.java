package kinema.train.cogvideox;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.PartDigest;
import kinema.cogvideox.vae.Vae;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.data.ClipCoder;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Clips as a transformer sees them: scaled latents (n, F, Z, h, w) and the caption's states (n, L, C), in 16 bits; for
 * image-to-video the first frame (n, 3, H, W) in bytes too, which noise is put on in training.
 */
final class LatentCoder implements ClipCoder {
    static final String LATENTS = "latents";
    static final String TEXT = "text";
    static final String IMAGES = "images";

    private final TransformerModel model;
    private final Checkpoint vaeWeights;
    private final Vae vae;
    private final TextCoder texts;

    LatentCoder(TransformerModel model) {
        this.model = model;
        ModelFiles files = ModelFiles.of(model.folder());
        vaeWeights = files.openVae(Placement.resident(ScalarType.Float));
        vae = vaeWeights.load(w -> new Vae(w, model.vae()));
        texts = model.textCoder();
    }

    /** The VAE that clips are coded with. */
    Vae vae() {
        return vae;
    }

    @Override
    public String origin() {
        return "latents " + PartDigest.ofLatents(model.vae(), vaeWeights) + ", "
                + model.config().maxTextLength() + " tokens" + (model.imageToVideo() ? ", first frames" : "");
    }

    /** The states of a text, (1, L, C). */
    Tensor text(String text) {
        return texts.states(List.of(text));
    }

    @Override
    public Map<String, Tensor> code(List<CaptionedClip> clips, ClipSource.Shape shape, long seed) {
        Map<String, Tensor> coded = new LinkedHashMap<>();
        Tensor video = Clips.batch(clips.stream().map(CaptionedClip::video).toList()); // (B, 3, T, H, W)
        coded.put(LATENTS, latents(video, seed).to(ScalarType.Half));
        coded.put(
                TEXT,
                texts.states(clips.stream().map(CaptionedClip::caption).toList())
                        .to(ScalarType.Half));
        if (model.imageToVideo()) {
            coded.put(IMAGES, bytes(video.select(2, 0))); // (B, 3, H, W)
        }
        return coded;
    }

    @Override
    public void close() {
        texts.close();
        vaeWeights.close();
    }

    /** (B, 3, H, W) in [-1, 1] as bytes. */
    private static Tensor bytes(Tensor picture) {
        return Scopes.keep(() -> picture.add(new Scalar(1.0))
                .mul(new Scalar(127.5))
                .round()
                .to(ScalarType.Byte)
                .contiguous());
    }

    /** (B, F, Z, h, w), scaled. */
    private Tensor latents(Tensor video, long seed) {
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(seed)) {
            return Scopes.keep(() -> {
                Tensor z = vae.encode(video).sample(rng); // (B, Z, F, h, w)
                return model.vae().latentSpace().fromAutoencoder(z).contiguous(); // (B, F, Z, h, w)
            });
        }
    }
}
