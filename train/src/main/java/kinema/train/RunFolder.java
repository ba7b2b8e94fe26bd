package kinema.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import kinema.files.FileFailure;
import kinema.files.FolderLock;

/**
 * All that a training run leaves on disk, in a folder of its own:
 *
 * <pre>
 * recipe.yaml     the recipe with everything it left to the defaults
 * run.json        what is trained, the code's version, when it started
 * metrics.csv     a row an interval; plots/ draws it
 * samples/        pictures of what the network can do
 * checkpoints/    to go on from, old ones thinned out
 * model/          what is finished
 * lock            held by the process that writes
 * </pre>
 */
public final class RunFolder {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String RECIPE = "recipe.yaml";
    private static final String RUN = "run.json";

    private final Path folder;

    private RunFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Starts a run in a new folder, or one without checkpoints.
     *
     * @param part what is trained, such as {@code vae}
     * @param recipe written down with the folder
     * @throws IllegalArgumentException when the folder holds a run that got somewhere, with how to go on with it
     */
    public static RunFolder start(Path folder, String part, Object recipe) {
        RunFolder run = new RunFolder(folder);
        long step = run.checkpoints().latest();
        if (step > 0) {
            throw new IllegalArgumentException(
                    folder + " holds a run after " + step + " steps; go on with it by 'kinema train" + " --resume "
                            + folder + "', or give the recipe another output");
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(run.file(RECIPE), Recipes.text(recipe));
            Files.writeString(run.file(RUN), JSON.writeValueAsString(about(part)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the run's folder cannot be written", e);
        }
        return run;
    }

    /**
     * Opens the folder of a run to go on with.
     *
     * @throws IllegalArgumentException when it holds none
     */
    public static RunFolder resume(Path folder) {
        RunFolder run = new RunFolder(folder);
        if (!Files.exists(run.file(RECIPE)) || !Files.exists(run.file(RUN))) {
            throw new IllegalArgumentException(folder + " holds no training run: no " + RECIPE + " and " + RUN
                    + " in it; start one by 'kinema train PART RECIPE'");
        }
        return run;
    }

    /** The folder of a run that another process starts or goes on with, and alone writes to. */
    public static RunFolder follow(Path folder) {
        return new RunFolder(folder);
    }

    /**
     * Takes a folder, which is made where it is not there, for one that writes to it, until the lock is closed or the process ends.
     *
     * @throws IllegalArgumentException when another does, in this process or another
     * @throws UncheckedIOException when it cannot be written, or its file system knows no locks
     */
    public static FolderLock lock(Path folder) {
        try {
            Files.createDirectories(folder);
            return FolderLock.take(folder)
                    .orElseThrow(() -> new IllegalArgumentException(folder + " is in use: another run writes there;"
                            + " wait until it ends, stop it, or choose another folder"));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    folder + " cannot be written, or locked for this run: " + FileFailure.writing(e)
                            + "; choose a folder that can, on a file system with locks",
                    e);
        }
    }

    /** What is trained. */
    public String part() {
        try {
            return JSON.readTree(file(RUN).toFile()).path("part").asText();
        } catch (IOException e) {
            throw new IllegalArgumentException(file(RUN) + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** The recipe as the run was started with it. */
    public <T> T recipe(Class<T> type) {
        return Recipes.read(file(RECIPE), type);
    }

    /** The run's own folder. */
    public Path path() {
        return folder;
    }

    /** A file of this run. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Where the finished networks go. */
    public Path model() {
        return file("model");
    }

    /** A new picture, made after so many steps. */
    public Path sample(long step) {
        Path samples = file("samples");
        try {
            Files.createDirectories(samples);
        } catch (IOException e) {
            throw new UncheckedIOException(samples + ": cannot be made", e);
        }
        return samples.resolve(String.format("step-%07d.png", step));
    }

    /** Steps that the newest checkpoint has behind it. */
    public long steps() {
        return checkpoints().latest();
    }

    Checkpoints checkpoints() {
        return new Checkpoints(file("checkpoints"));
    }

    Metrics metrics() {
        return new Metrics(file("metrics.csv"));
    }

    private static Map<String, String> about(String part) {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("part", part);
        about.put(
                "version",
                Objects.requireNonNullElse(RunFolder.class.getPackage().getImplementationVersion(), "unreleased"));
        about.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        about.put("java", System.getProperty("java.version"));
        about.put("platform", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return about;
    }
}
