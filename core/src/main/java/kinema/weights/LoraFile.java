package kinema.weights;

import java.nio.file.Path;

/**
 * A LoRA to be applied to a model, and how strongly.
 *
 * @param file its weights: published or authors' keys, safetensors or PyTorch
 * @param scale what its change is multiplied by, on top of its own alpha; 1 is as trained
 */
public record LoraFile(Path file, double scale) {
    /** Checks the scale. */
    public LoraFile {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("a LoRA's scale must be a finite number, found " + scale);
        }
    }

    /** The file's name. */
    public String name() {
        return String.valueOf(file.getFileName());
    }
}
