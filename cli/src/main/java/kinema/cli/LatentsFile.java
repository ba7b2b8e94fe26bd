package kinema.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import kinema.LatentsNotes;
import kinema.UnfinishedRun;
import kinema.VideoAutoencoder;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Latents in a safetensors file, such as {@code kinema vae encode} and {@code kinema generate --tensors} write, with
 * {@link LatentsNotes} or without.
 */
final class LatentsFile implements AutoCloseable {
    /** The tensor that holds them. */
    static final String KEY = "latents";

    private static final int AXES = 5; // (1, F, C, h, w)
    private static final int FRAMES = 1;
    private static final int SHOWN = 3;
    private static final int CHANNELS = 2;

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

    /**
     * Makes sure that these are an autoencoder's own latents.
     *
     * @param notes is given a line for the user where the file does not tell
     * @throws CommandException when they are another's
     */
    void check(VideoAutoencoder vae, Consumer<String> notes) {
        long[] shape = shape();
        if (shape[0] != 1 || shape[CHANNELS] != vae.latentChannels()) {
            throw bad(
                    file.file() + ": '" + key + "' must be (1, F, " + vae.latentChannels()
                            + ", h, w) for the autoencoder of " + vae.name() + ", found " + Shapes.text(shape)
                            + "; name the model that made them with --model",
                    null);
        }
        String digest = file.metadata().get(LatentsNotes.VAE);
        if (digest == null) {
            notes.accept(
                    "note: " + file.file() + " does not say which autoencoder made its latents; that it was that of "
                            + vae.name() + " could not be checked");
        } else if (!digest.equals(vae.digest())) {
            throw new CommandException(
                    ExitCode.BAD_MODEL,
                    file.file() + ": its latents were made by another autoencoder: that of "
                            + file.metadata().get(LatentsNotes.MODEL) + " with the digest "
                            + TerminalText.digest(digest) + "; that of "
                            + vae.name() + " has " + TerminalText.digest(vae.digest())
                            + "; name the right model with --model");
        }
    }

    /**
     * How many latent frames at the front only filled a model's last patch and belong to no frame of the video; 0 where the
     * file does not say how many frames that has.
     *
     * @throws CommandException when there are not the latents of so many frames
     */
    long padding(VideoAutoencoder vae) {
        String frames = file.metadata().get(LatentsNotes.FRAMES);
        if (frames == null) {
            return 0;
        }
        long all = shape()[FRAMES];
        for (long padding = 0; padding < all; padding++) {
            if (Long.toString(vae.frames(all - padding)).equals(frames)) {
                return padding;
            }
        }
        throw bad(
                file.file() + ": '" + LatentsNotes.FRAMES + "' says that the video has " + frames + " frames, but '"
                        + key + "' has latents of " + vae.frames(all),
                null);
    }

    /**
     * (1, F, C, h, w) without so many latent frames at the front, valid while the file is open.
     *
     * @throws CommandException when their numbers are not finite
     */
    Tensor tensor(long padding) {
        return Scopes.keep(() -> {
            Tensor all = file.tensor(key);
            if (!Tensors.isFinite(all)) {
                throw bad(
                        file.file() + ": '" + key
                                + "' holds numbers that are not finite; the run that made them may have failed",
                        null);
            }
            return all.narrow(FRAMES, padding, shape()[FRAMES] - padding);
        });
    }

    /** The sizes of the whole tensor. */
    long[] shape() {
        return file.entry(key).shape();
    }

    /** Whether the latents are multiplied by the model's factor; where the file does not say, they are. */
    boolean scaled() {
        return !"false".equals(file.metadata().get(LatentsNotes.SCALED));
    }

    /** Frames per second of the video, if the file tells them, else {@code unknown}. */
    double fps(double unknown) {
        String text = file.metadata().get(LatentsNotes.FPS);
        try {
            return text == null ? unknown : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw bad(file.file() + ": '" + LatentsNotes.FPS + "' must be a number, found '" + text + "'", e);
        }
    }

    @Override
    public void close() {
        file.close();
    }

    private static Safetensors read(Path path) {
        if (UnfinishedRun.isAt(path)) {
            throw bad(path + " is a generation's unfinished work; 'kinema resume " + path + "' goes on with it", null);
        }
        try {
            return Safetensors.open(path);
        } catch (WeightsException e) {
            throw bad(String.valueOf(e.getMessage()), e);
        }
    }

    private static void check(Safetensors file, String key) {
        Safetensors.Entry entry = file.entries().get(key);
        if (entry == null) {
            List<String> likely = file.entries().values().stream()
                    .filter(LatentsFile::isLatents)
                    .map(Safetensors.Entry::key)
                    .toList();
            throw bad(
                    file.file() + ": no tensor '" + key + "'"
                            + (likely.isEmpty()
                                    ? ", nor any other of latents (1, F, C, h, w)"
                                    : "; of latents it has " + some(likely) + "; choose one with --key"),
                    null);
        }
        if (!isLatents(entry)) {
            throw bad(
                    file.file() + ": '" + key + "' must be latents (1, F, C, h, w) of a floating-point type, found "
                            + Shapes.text(entry.shape()) + " of " + Dtypes.name(entry.dtype()),
                    null);
        }
    }

    private static boolean isLatents(Safetensors.Entry entry) {
        return entry.shape().length == AXES
                && Dtypes.name(entry.dtype()).contains("F")
                && Arrays.stream(entry.shape()).allMatch(size -> size > 0);
    }

    /** All names, or the first and the last of many. */
    private static String some(List<String> names) {
        return names.size() <= SHOWN ? String.join(", ", names) : names.get(0) + " … " + names.get(names.size() - 1);
    }

    private static CommandException bad(String message, @Nullable Throwable cause) {
        return new CommandException(ExitCode.BAD_INPUT, message, cause);
    }
}
