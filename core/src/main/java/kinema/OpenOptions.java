package kinema;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.weights.Loading;
import kinema.weights.LoraFile;

/**
 * How a model is opened. Start from {@link #DEFAULT}.
 *
 * @param loras what is added to the denoising network's weights, in order
 */
public record OpenOptions(List<LoraFile> loras) {
    /** The model as published. */
    public static final OpenOptions DEFAULT = new OpenOptions(List.of());

    /** Keeps a copy of the list. */
    public OpenOptions {
        loras = List.copyOf(loras);
    }

    /**
     * One LoRA more.
     *
     * @param file its weights
     * @param scale what its change is multiplied by; 1 is as trained
     */
    public OpenOptions withLora(Path file, double scale) {
        List<LoraFile> more = new ArrayList<>(loras);
        more.add(new LoraFile(file, scale));
        return withLoras(more);
    }

    /** These LoRAs and no others. */
    public OpenOptions withLoras(List<LoraFile> loras) {
        return new OpenOptions(loras);
    }

    /** What a system is told. */
    Loading loading() {
        return new Loading(loras);
    }
}
