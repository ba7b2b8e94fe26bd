package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
import kinema.train.data.ClipCoder;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.TensorDigest;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Clips as a draft decoder sees them: latents (n, Z, F, h, w) as the VAE's decoder takes them, in 16 bits, and the pictures that it makes of
 * them, (n, 3, T, H, W) in bytes.
 */
final class DraftCoder implements ClipCoder {
    private static final String LATENTS = "latents";
    private static final String PICTURES = "pictures";
    private static final double LEVELS = 127.5; // of a byte, for 1

    private final VaeConfig config;
    private final Checkpoint weights;
    private final Vae vae;

    /** A coder with the VAE of a model. */
    DraftCoder(Path model) {
        ModelFiles files = ModelFiles.of(model);
        config = VaeConfig.of(files.vae());
        weights = files.openVae(Placement.resident(ScalarType.Float));
        vae = weights.load(w -> new Vae(w, config));
    }

    @Override
    public String origin() {
        return "vae " + TensorDigest.of("scaling_factor " + config.scalingFactor(), weights.tensors())
                + ", its latents and pictures";
    }

    @Override
    public Map<String, Tensor> code(List<CaptionedClip> clips, Shape shape, long seed) {
        Tensor video = Clips.batch(clips.stream().map(CaptionedClip::video).toList()); // (B, 3, T, H, W)
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(seed)) {
            Tensor latents = vae.encode(video).sample(rng).to(ScalarType.Half); // (B, Z, F, h, w)
            Map<String, Tensor> coded = new LinkedHashMap<>();
            coded.put(LATENTS, latents);
            coded.put(PICTURES, bytes(vae.decode(latents.to(ScalarType.Float))));
            return coded;
        }
    }

    /** Latents of clips, (B, Z, F, h, w). */
    static Tensor latents(Shards shards, List<Row> clips) {
        return shards.read(LATENTS, clips);
    }

    /** What the VAE makes of them, (B, 3, T, H, W) in [-1, 1]. */
    static Tensor pictures(Shards shards, List<Row> clips) {
        return Scopes.keep(
                () -> shards.read(PICTURES, clips).div(new Scalar(LEVELS)).sub(new Scalar(1.0)));
    }

    @Override
    public void close() {
        weights.close();
    }

    private static Tensor bytes(Tensor video) {
        return Scopes.keep(() -> video.add(new Scalar(1.0))
                .mul(new Scalar(LEVELS))
                .round()
                .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(255.0)))
                .to(ScalarType.Byte)
                .contiguous());
    }
}
