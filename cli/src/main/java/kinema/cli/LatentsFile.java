package kinema.cli;

import java.nio.file.Path;
import java.util.Arrays;
import kinema.tensor.Dtypes;
import kinema.tensor.Shapes;
import kinema.weights.Safetensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Latents in a safetensors file, such as {@code kinema vae encode} and {@code kinema generate --tensors} write. */
final class LatentsFile implements AutoCloseable {
    /** The tensor that holds them. */
    static final String KEY = "latents";
    /** Under which the metadata says whether they are multiplied by the model's factor; where it does not, they are. */
    static final String SCALED = "scaled";
    /** Under which it says the video's frames per second. */
    static final String FPS = "fps";

    private static final int AXES = 5;

    private final Safetensors file;
    private final String key;

    private LatentsFile(Safetensors file, String key) {
        this.file = file;
        this.key = key;
    }

    /**
     * Opens a file.
     *
     * @param key of the tensor
     * @throws CommandException when it cannot be read, has no such tensor, or that is none of latents
     */
    static LatentsFile open(Path path, String key) {
        Safetensors file = read(path);
        try {
            check(file, key);
            return new LatentsFile(file, key);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** (1, F, C, h, w), valid while the file is open. */
    Tensor tensor() {
        return file.tensor(key);
    }

    /** The sizes of {@link #tensor}. */
    long[] shape() {
        return file.entry(key).shape();
    }

    /** Whether the latents are multiplied by the model's factor. */
    boolean scaled() {
        return !"false".equals(file.metadata().get(SCALED));
    }

    /** Frames per second of the video, if the file tells them, else {@code unknown}. */
    double fps(double unknown) {
        String text = file.metadata().get(FPS);
        try {
            return text == null ? unknown : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw bad(file.file() + ": '" + FPS + "' must be a number, found '" + text + "'", e);
        }
    }

    @Override
    public void close() {
        file.close();
    }

    private static Safetensors read(Path path) {
        try {
            return Safetensors.open(path);
        } catch (WeightsException e) {
            throw bad(String.valueOf(e.getMessage()), e);
        }
    }

    private static void check(Safetensors file, String key) {
        Safetensors.Entry entry = file.entries().get(key);
        if (entry == null) {
            throw bad(
                    file.file() + ": no tensor '" + key + "'; it has "
                            + String.join(", ", file.entries().keySet()) + "; choose one with --key",
                    null);
        }
        boolean real = Dtypes.name(entry.dtype()).contains("F");
        if (entry.shape().length != AXES
                || !real
                || Arrays.stream(entry.shape()).anyMatch(size -> size == 0)) {
            throw bad(
                    file.file() + ": '" + key + "' must be latents (1, F, C, h, w) of a floating-point type, found "
                            + Shapes.text(entry.shape()) + " of " + Dtypes.name(entry.dtype()),
                    null);
        }
    }

    private static CommandException bad(String message, @Nullable Throwable cause) {
        return new CommandException(ExitCode.BAD_INPUT, message, cause);
    }
}
