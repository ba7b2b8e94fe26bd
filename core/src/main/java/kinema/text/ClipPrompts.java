package kinema.text;

import java.nio.file.Files;
import java.nio.file.Path;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.tensor.Residency;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Prompts through CLIP's text encoder. */
record ClipPrompts(Path folder) implements PromptEncoder {
    @Override
    public OpenEncoder open(Placement placement) {
        return OpenEncoder.of(
                Checkpoint.open(folder, placement),
                checkpoint -> ClipEncoder.of(checkpoint, config(), placement),
                (network, ids, used) -> network.forward(ids)); // (B, L, C)
    }

    @Override
    public long width() {
        return config().width();
    }

    @Override
    public String source() {
        return file().toString();
    }

    @Override
    public boolean isThere() {
        return Files.isDirectory(folder);
    }

    @Override
    public Network network(Placement placement) {
        try (Checkpoint checkpoint = Checkpoint.open(folder, placement)) {
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
        return ClipConfig.read(ConfigFile.read(file()));
    }

    private Path file() {
        return folder.resolve("config.json");
    }
}
