package kinema.text;

import java.nio.file.Path;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.tensor.Residency;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Prompts through CLIP's text encoder. */
final class ClipPrompts extends PublishedPrompts {
    ClipPrompts(Path folder) {
        super(folder);
    }

    @Override
    public OpenEncoder open(Placement placement) {
        return OpenEncoder.of(
                Checkpoint.open(folder(), placement),
                checkpoint -> ClipEncoder.of(checkpoint, config(), placement),
                (network, ids, used) -> network.forward(ids)); // (B, L, C)
    }

    @Override
    public long width() {
        return config().width();
    }

    @Override
    public Network network(Placement placement) {
        try (Checkpoint checkpoint = Checkpoint.open(folder(), placement)) {
            return Network.ofEachUse(ClipEncoder.weigh(checkpoint, config(), placement), Residency.STREAMED);
        }
    }

    @Override
    public long work(Placement placement, int texts, int length) {
        return Meter.dryRun(
                w -> new ClipEncoder(w, config()),
                placement.dtype(),
                network -> network.forward(Tensors.zeros(ScalarType.Long, texts, length)));
    }

    private ClipConfig config() {
        return ClipConfig.read(configFile());
    }
}
