package kinema.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which checkpoint a command works on. */
final class ModelChoice {
    /** Where Kinema stands on this machine; set by the launcher. */
    private static final String HOME = "kinema.home";

    private static final String BUNDLED = "models/kinema-tiny";

    private ModelChoice() {}

    /** The chosen folder, or the bundled model's, whether or not it is there. */
    static Path path(@Nullable Path chosen) {
        return chosen != null ? chosen : Path.of(System.getProperty(HOME, ".")).resolve(BUNDLED);
    }

    /**
     * The chosen folder, or the bundled model's.
     *
     * @throws CommandException when there is no such folder
     */
    static Path folder(@Nullable Path chosen) {
        if (chosen != null) {
            return existing(chosen);
        }
        Path bundled = path(null);
        if (!Files.isDirectory(bundled)) {
            throw new CommandException(
                    ExitCode.BAD_MODEL,
                    "the bundled model is not at " + bundled
                            + "; name a checkpoint's folder with --model, or get a complete copy of Kinema");
        }
        return bundled;
    }

    /**
     * A folder that is there.
     *
     * @throws CommandException when it is not
     */
    static Path existing(Path folder) {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        String found = Files.exists(folder) ? "it is a file" : "no such folder";
        throw new CommandException(
                ExitCode.BAD_MODEL,
                "cannot open the model " + folder + ": " + found
                        + "; expected a folder with model_index.json and one folder per network");
    }
}
