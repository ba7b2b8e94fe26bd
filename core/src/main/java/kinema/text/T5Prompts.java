package kinema.text;

import java.nio.file.Path;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.tensor.Residency;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Prompts through T5. */
final class T5Prompts extends PublishedPrompts {
    private static final int BLOCKS = 2; // that have the peak of all

    private final Padding padding;

    T5Prompts(Path folder, Padding padding) {
        super(folder);
        this.padding = padding;
    }

    @Override
    public OpenEncoder open(Placement placement) {
        return OpenEncoder.of(
                Checkpoint.open(folder(), placement),
                checkpoint -> T5Encoder.of(checkpoint, config(), placement),
                (network, ids, used) ->
                        padding == Padding.SEEN ? network.forward(ids) : network.forward(ids, used)); // (B, L, C)
    }

    @Override
    public long width() {
        return config().width();
    }

    @Override
    public Network network(Placement placement) {
        try (Checkpoint checkpoint = Checkpoint.open(folder(), placement)) {
            return Network.ofEachUse(T5Encoder.weigh(checkpoint, config(), placement), Residency.STREAMED);
        }
    }

    @Override
    public long work(Placement placement, int texts, int length) {
        T5Config config = config();
        return Meter.dryRun(
                w -> new T5Encoder(w, config.withLayers(Math.min(BLOCKS, config.layers()))),
                placement.dtype(),
                network -> network.forward(Tensors.zeros(ScalarType.Long, texts, length)));
    }

    private T5Config config() {
        return T5Config.read(configFile());
    }
}
