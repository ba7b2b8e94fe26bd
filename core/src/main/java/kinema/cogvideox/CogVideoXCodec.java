package kinema.cogvideox;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.Pixels;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.LatentSpace;
import kinema.memory.Tile;
import kinema.nn.Posterior;
import kinema.system.VideoCodec;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.TensorDigest;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A CogVideoX checkpoint's VAE, without the rest of it. */
final class CogVideoXCodec implements VideoCodec {
    private final VaeConfig config;
    private final FrameRule rule;
    private final Checkpoint file;
    private final Vae vae;

    private CogVideoXCodec(VaeConfig config, Checkpoint file) {
        this.config = config;
        this.file = file;
        rule = new FrameRule(2 * config.temporalCompression(), "CogVideoX's VAE", true);
        vae = file.load(w -> new Vae(w, config));
    }

    /**
     * Opens the VAE of a checkpoint.
     *
     * @param folder of a model, in the published layout or the authors' own
     * @throws WeightsException when that is missing or damaged
     */
    static CogVideoXCodec open(Path folder) {
        ModelFiles files = ModelFiles.of(folder);
        VaeConfig config = VaeConfig.of(files.vae());
        try (Opening opening = new Opening()) {
            Checkpoint file = files.openVae(Placement.resident(ScalarType.Float).streamed());
            opening.closeWith(file::close);
            CogVideoXCodec codec = new CogVideoXCodec(config, file);
            opening.succeeded();
            return codec;
        }
    }

    @Override
    public LatentSpace latentSpace() {
        return config.latentSpace();
    }

    @Override
    public int spatialCompression() {
        return Math.toIntExact(config.spatialCompression());
    }

    @Override
    public int latentChannels() {
        return Math.toIntExact(config.latentChannels());
    }

    @Override
    public long frames(long latentFrames) {
        return config.frames(latentFrames);
    }

    @Override
    public String digest() {
        return digest(config, file);
    }

    /** See {@link #digest()}. */
    static String digest(VaeConfig config, Checkpoint file) {
        return TensorDigest.of("scaling_factor " + config.scalingFactor(), file.tensors());
    }

    @Override
    public Tensor encode(long frames, LongFunction<Tensor> next, OptionalLong seed, Optional<Tile> tile) {
        rule.check(frames, true);
        LatentCodec codec = LatentCodec.of(vae, tile);
        return Scopes.keep(() -> {
            Posterior posterior = codec.encode(frames, n -> Pixels.toVae(next.apply(n))); // each (1, C, F, h, w)
            return LatentSpace.swapped(latents(posterior, seed)).contiguous(); // (1, F, C, h, w)
        });
    }

    @Override
    public void decode(Tensor latents, Optional<Tile> tile, Consumer<Tensor> video) {
        Shapes.check("latents", latents, 1, Shapes.ANY, config.latentChannels(), Shapes.ANY, Shapes.ANY);
        LatentCodec codec = LatentCodec.of(vae, tile);
        Scopes.run(() -> codec.decode(
                LatentSpace.swapped(latents), // (1, C, F, h, w)
                chunk -> Scopes.run(() -> video.accept(Pixels.fromVae(chunk))))); // (T, H, W, 3)
    }

    @Override
    public void close() {
        file.close();
    }

    private static Tensor latents(Posterior posterior, OptionalLong seed) {
        if (seed.isEmpty()) {
            return posterior.mean();
        }
        try (Rng rng = new Rng(seed.getAsLong())) {
            return posterior.sample(rng);
        }
    }
}
