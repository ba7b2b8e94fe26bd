package kinema.cogvideox;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.cogvideox.vae.VaeDecoder;
import kinema.cogvideox.vae.VaeEncoder;
import kinema.cogvideox.vae.VaeFootprint;
import kinema.diffusion.LatentSpace;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.memory.Network;
import kinema.memory.Tile;
import kinema.memory.Tiling;
import kinema.nn.Pixels;
import kinema.nn.Posterior;
import kinema.system.OpenOptions;
import kinema.system.VideoCodec;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.TensorDigest;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;

/** A CogVideoX checkpoint's VAE, without the rest of it. */
final class CogVideoXCodec implements VideoCodec {
    private final VaeConfig config;
    private final FrameRule rule;
    private final Checkpoint file;
    private final Vae vae;
    private final VaeFootprint footprint;
    private final Network encoder;
    private final Network decoder;

    private CogVideoXCodec(VaeConfig config, Checkpoint file, Placement placement) {
        this.config = config;
        this.file = file;
        rule = new FrameRule(2 * config.temporalCompression(), "CogVideoX's VAE", true);
        vae = file.load(w -> new Vae(w, config));
        footprint = new VaeFootprint(config, placement.dtype());
        encoder = Network.ofEachUse(
                file.weigh(w -> new VaeEncoder(w.at("encoder"), config), placement), Residency.STREAMED);
        decoder = Network.ofEachUse(
                file.weigh(w -> new VaeDecoder(w.at("decoder"), config), placement), Residency.STREAMED);
    }

    /**
     * Opens the VAE of a checkpoint.
     *
     * @param folder of a model, in the published layout or the authors' own
     * @throws WeightsException when that is missing or damaged
     */
    static CogVideoXCodec open(Path folder, OpenOptions options) {
        options.device().check();
        Placement placement = placement(options);
        ModelFiles files = ModelFiles.of(folder);
        VaeConfig config = VaeConfig.of(files.vae());
        try (Opening opening = new Opening()) {
            Checkpoint file = files.openVae(placement);
            opening.closeWith(file::close);
            CogVideoXCodec codec = new CogVideoXCodec(config, file, placement);
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
    public Optional<Footprint> encoding(long frames, int width, int height, Optional<Tile> tile) {
        rule.check(frames, true);
        Tiling all = Tiling.any(width, height, config.spatialCompression());
        List<Tile> pieces = all.choices().subList(1, all.choices().size());
        Changes tiles = new Changes(
                tile.isPresent() ? 0 : pieces.size(),
                i -> "tiles of " + pieces.get(i).width() + "x" + pieces.get(i).height(),
                i -> encoding(frames, width, height, Tiling.only(pieces.get(i), width, height), List.of()));
        Tiling asked = Tiling.only(tile.orElse(Tile.WHOLE), width, height);
        return Optional.of(encoding(frames, width, height, asked, List.of(tiles)));
    }

    @Override
    public Optional<Footprint> encoding(long frames, int width, int height) {
        rule.check(frames, true);
        Tiling any = Tiling.any(width, height, config.spatialCompression());
        return Optional.of(encoding(frames, width, height, any, List.of()));
    }

    @Override
    public Optional<Footprint> decoding(long latentFrames, int rows, int columns) {
        int unit = spatialCompression();
        Need need = new Need(
                CogVideoXStages.DECODE.name(),
                decoder,
                Tiling.any(columns * unit, rows * unit, unit),
                piece -> footprint.decode(latentFrames, rows, columns, piece));
        return Optional.of(new Footprint(
                frames(latentFrames) + " frames of " + columns * unit + "x" + rows * unit, List.of(need), List.of()));
    }

    private Footprint encoding(long frames, int width, int height, Tiling tiling, List<Changes> smaller) {
        long unit = config.spatialCompression();
        Need need = new Need(
                CogVideoXStages.ENCODE.name(),
                encoder,
                tiling,
                piece -> footprint.encodeRead(frames, (height + unit - 1) / unit, (width + unit - 1) / unit, piece));
        String video = (frames == 1 ? "1 frame" : frames + " frames") + " of " + width + "x" + height;
        return new Footprint(video, List.of(need), smaller);
    }

    @Override
    public Tensor encode(long frames, LongFunction<Tensor> next, OptionalLong seed, Optional<Tile> tile) {
        rule.check(frames, true);
        LatentCodec codec = LatentCodec.of(vae, tile);
        return Scopes.keep(() -> {
            Posterior posterior = codec.encode(frames, n -> Pixels.toNetwork(next.apply(n))); // each (1, C, F, h, w)
            return LatentSpace.swapped(latents(posterior, seed)).contiguous(); // (1, F, C, h, w)
        });
    }

    @Override
    public void decode(Tensor latents, Optional<Tile> tile, Consumer<Tensor> video) {
        Shapes.check("latents", latents, 1, Shapes.ANY, config.latentChannels(), Shapes.ANY, Shapes.ANY);
        LatentCodec codec = LatentCodec.of(vae, tile);
        Scopes.run(() -> codec.decode(
                LatentSpace.swapped(latents), // (1, C, F, h, w)
                chunk -> Scopes.run(() -> video.accept(Pixels.fromNetwork(chunk))))); // (T, H, W, 3)
    }

    @Override
    public void close() {
        file.close();
    }

    /** Where the VAE computes, and in what: never in fp16, whose largest number is 65504, while it reaches larger ones. */
    static Placement placement(OpenOptions options) {
        Precision precision = options.precision() == Precision.FP16 ? Precision.FP32 : options.precision();
        return new Placement(precision.dtype(), options.device(), Residency.STREAMED);
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
