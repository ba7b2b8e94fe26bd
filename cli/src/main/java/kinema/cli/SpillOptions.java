package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.Spill;
import kinema.UnfinishedRun;
import kinema.files.FileFailure;
import kinema.files.PlaceException;
import kinema.video.VideoTarget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a generation saves its unfinished work, as options. */
final class SpillOptions {
    private static final String ENDING = ".kinema";
    private static final String OFF = "off";

    @Option(
            names = "--spill",
            paramLabel = "DIR|off",
            description =
                    "Where the folder with unfinished work is made, for 'kinema resume'; it is named after the output"
                            + " with .kinema at the end, and removed when the video is written. Default: beside the output.")
    private @Nullable String folder;

    @Option(
            names = "--spill-every",
            paramLabel = "N",
            description =
                    "Save unfinished work after every N steps. Default: once a minute, and in the first minute after"
                            + " every step of more than a second.")
    private @Nullable Integer every;

    @Option(
            names = "--fresh",
            description = "Begin anew where an earlier run left unfinished work; what it saved is removed.")
    private boolean fresh;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException for a number of steps below 1, or a place that is no folder
     * @throws PlaceException for a folder that cannot be written
     */
    void check() {
        if (every != null && every < 1) {
            throw new IllegalArgumentException("--spill-every must be at least 1, found " + every);
        }
        if (every != null && OFF.equals(folder)) {
            throw new IllegalArgumentException(
                    "--spill-every says how often work is saved, and --spill off saves none");
        }
        if (folder != null && !folder.equals(OFF) && !isFolder(folder)) {
            throw new IllegalArgumentException("--spill needs a folder that is there, or off; found '" + folder + "'");
        }
        if (folder != null && !folder.equals(OFF)) {
            requireWritable(folder);
        }
    }

    /** Whether what an earlier run saved is not to be gone on from. */
    boolean fresh() {
        return fresh;
    }

    /**
     * The seed of the unfinished run that a request without one goes on with; empty where there is none.
     *
     * @throws kinema.SpillException when the work there is damaged
     */
    OptionalLong begunSeed(VideoTarget target) {
        Optional<Path> begun = place(target).filter(folder -> !fresh && UnfinishedRun.isAt(folder));
        return begun.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(
                        UnfinishedRun.read(begun.get()).provenance().sampling().seed());
    }

    /** The spill of an output with its notes; empty when turned off. */
    Optional<Spill> of(VideoTarget target, RunNotes notes) {
        return place(target).map(place -> {
            Spill spill = Spill.into(place).withNotes(notes.toMap());
            return every != null ? spill.everySteps(every) : spill;
        });
    }

    private Optional<Path> place(VideoTarget target) {
        if (OFF.equals(folder)) {
            return Optional.empty();
        }
        String name = target.path().toAbsolutePath().normalize().getFileName() + ENDING;
        return Optional.of(
                folder != null ? Path.of(folder).resolve(name) : target.path().resolveSibling(name));
    }

    /** By writing, because permissions alone do not tell: a file system may be read-only. */
    private static void requireWritable(String name) {
        try {
            Files.delete(Files.createTempDirectory(Path.of(name), ENDING));
        } catch (IOException e) {
            throw new PlaceException(
                    "--spill needs a folder to write in, or off; found '" + name + "': " + FileFailure.writing(e), e);
        }
    }

    private static boolean isFolder(String name) {
        try {
            return Files.isDirectory(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
