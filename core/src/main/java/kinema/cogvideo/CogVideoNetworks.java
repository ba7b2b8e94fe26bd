package kinema.cogvideo;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.upscale.Upscaler;
import kinema.memory.Network;
import kinema.memory.SharedNetwork;
import kinema.system.OpenOptions;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.weights.Checkpoint;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The networks of an open checkpoint, as far as their parts are there. Matrices stay in the 16 bits of their files, mapped and
 * not copied, and are widened while products are computed, unless another precision is asked for: a token needs all weights
 * once, so their bytes decide how long it takes. Thread-safe; close it.
 */
final class CogVideoNetworks implements AutoCloseable {
    private final Deque<Checkpoint> files = new ArrayDeque<>();
    private final SharedNetwork<StageNetwork> keyframes;
    private final Optional<SharedNetwork<StageNetwork>> interpolation;
    private final Optional<SharedNetwork<Upscaler>> upscaler;
    private final OnDemand<ImageAutoencoder> image;
    private final Network imageWeights;
    private final long largest; // bytes of the files of a stage

    /**
     * Opens all networks that there are sizes of.
     *
     * @throws kinema.weights.WeightsException when one is missing, damaged, or of other sizes than its config's
     */
    CogVideoNetworks(Path folder, CogVideoConfig c, OpenOptions options) {
        CogVideoFiles all = new CogVideoFiles(folder);
        Placement placement = placement(options);
        Placement wide = new Placement(ScalarType.Float, options.device(), Residency.RESIDENT);
        try {
            Checkpoint first = opened(all.openWithBase(Part.KEYFRAMES, placement));
            keyframes = SharedNetwork.of(first, w -> StageNetwork.of(w, c.keyframes()), placement, options.kept());
            interpolation = c.interpolation().map(sizes -> {
                Checkpoint second = opened(all.openWithBase(Part.INTERPOLATION, placement));
                return SharedNetwork.of(second, w -> StageNetwork.of(w, sizes), placement, options.kept());
            });
            upscaler = c.upscaler().map(sizes -> {
                Checkpoint third = opened(all.openWithBase(Part.UPSCALER, placement));
                return SharedNetwork.of(third, w -> Upscaler.of(w, sizes), placement, options.kept());
            });
            Checkpoint pictures = opened(all.open(Part.IMAGE, wide));
            image = pictures.onDemand(w -> new ImageAutoencoder(w, c.image()), wide);
            imageWeights = Network.ofEachUse(
                    pictures.weigh(w -> new ImageAutoencoder(w, c.image()), wide), Residency.RESIDENT);
            largest = first.tensors().values().stream()
                    .mapToLong(tensor -> tensor.bytes())
                    .sum();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Placement placement(OpenOptions options) {
        Placement whole = new Placement(options.precision().dtype(), options.device(), Residency.RESIDENT);
        return options.precision() == Precision.FP32 ? whole.narrowed() : whole;
    }

    private Checkpoint opened(Checkpoint file) {
        files.push(file);
        return file;
    }

    /** Makes key frames. */
    SharedNetwork<StageNetwork> keyframes() {
        return keyframes;
    }

    /** Makes frames between others; that its part is there was seen when the request was checked. */
    SharedNetwork<StageNetwork> interpolation() {
        return interpolation.orElseThrow();
    }

    /** Makes large pictures; that its part is there was seen when the request was checked. */
    SharedNetwork<Upscaler> upscaler() {
        return upscaler.orElseThrow();
    }

    /** Makes tokens of pictures and pictures of tokens. */
    OnDemand<ImageAutoencoder> image() {
        return image;
    }

    /** What plans are told of {@link #image}. */
    Network imageWeights() {
        return imageWeights;
    }

    /** Bytes of the weights that each token of the first stage needs, as they are stored. */
    long bytesPerToken() {
        return largest;
    }

    @Override
    public void close() {
        files.forEach(Checkpoint::close);
        files.clear();
    }
}
