package kinema.cogvideox.draft;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kinema.memory.Network;
import kinema.tensor.Device;
import kinema.tensor.Residency;
import kinema.weights.Checkpoint;
import kinema.weights.FolderContents;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.StoredTensor;
import kinema.weights.TensorDigest;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights of a draft decoder: {@code taecvx.safetensors} or {@code taecvx.pth} as published, or a smaller one that was trained
 * here. What a file holds of an encoder is not read. It computes in 32 bits, whatever the rest of a model does. Thread-safe.
 */
public final class DraftFile implements AutoCloseable {
    /** The folder with the file, in that of a model; the model's index need not name it. */
    public static final String FOLDER = "draft_decoder";

    private static final List<String> ENDINGS = List.of(".safetensors", ".pth");

    private final DraftConfig config;
    private final Checkpoint weights;
    private final OnDemand<DraftDecoder> decoder;
    private final Network network;
    private final DraftFootprint footprint;

    private DraftFile(DraftConfig config, Checkpoint weights, Device device) {
        this.config = config;
        this.weights = weights;
        Placement placement = new Placement(ScalarType.Float, device, Residency.RESIDENT);
        decoder = weights.onDemand(w -> new DraftDecoder(w, config), placement);
        network = Network.ofEachUse(weights.weigh(w -> new DraftDecoder(w, config), placement), Residency.RESIDENT);
        footprint = new DraftFootprint(config);
    }

    /**
     * The file of a model's own draft decoder; empty where it has none.
     *
     * @param model the model's folder
     * @throws WeightsException when its folder holds no such file, or several
     */
    public static Optional<Path> in(Path model) {
        Path folder = model.resolve(FOLDER);
        if (!Files.exists(folder)) {
            return Optional.empty();
        }
        List<Path> files = FolderContents.of(folder).stream()
                .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                .toList();
        if (files.size() != 1) {
            throw new WeightsException(
                    folder + ": expected one file of weights, " + String.join(" or ", ENDINGS) + ", found "
                            + files.size() + "; leave one there, such as taecvx.safetensors, or remove the folder");
        }
        return Optional.of(files.get(0));
    }

    /**
     * Opens a file.
     *
     * @param latentChannels channels of the model's latents
     * @throws WeightsException when it is missing or damaged, listing keys that are missing, left over or of another shape, or is
     *     for latents of other channels
     */
    public static DraftFile open(Path file, long latentChannels, Device device) {
        Checkpoint weights = Checkpoint.open(
                file, new Placement(ScalarType.Float, device, Residency.RESIDENT), DraftFile::ofDecoder);
        try {
            DraftConfig config = DraftConfig.of(file, weights.tensors());
            if (config.latentChannels() != latentChannels) {
                throw new WeightsException(file + ": a draft decoder of latents with " + config.latentChannels()
                        + " channels, and this model's have " + latentChannels + "; it was made for another model");
            }
            return new DraftFile(config, weights, device);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Without what a file holds of the encoder. */
    private static Map<String, StoredTensor> ofDecoder(Map<String, StoredTensor> all) {
        Map<String, StoredTensor> decoder = new TreeMap<>(all);
        decoder.keySet().removeIf(key -> key.startsWith("encoder."));
        return decoder;
    }

    /** The sizes of the network. */
    public DraftConfig config() {
        return config;
    }

    /** The weights as they are stored, to be trained on; closed with this. */
    public Checkpoint weights() {
        return weights;
    }

    /** The network, in memory while it is used. */
    public OnDemand<DraftDecoder> decoder() {
        return decoder;
    }

    /** What footprints say of its weights. */
    public Network network() {
        return network;
    }

    /** What decoding takes beside them. */
    public DraftFootprint footprint() {
        return footprint;
    }

    /** Tells its weights from all others, in whatever file they lie. */
    public String digest() {
        return TensorDigest.of(FOLDER, weights.tensors());
    }

    @Override
    public void close() {
        weights.close();
    }
}
