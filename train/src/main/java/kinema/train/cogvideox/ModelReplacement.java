package kinema.train.cogvideox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.files.PartDigest;
import kinema.cogvideox.vae.VaeConfig;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Puts the networks of a finished run in place of those of a model folder, which is only done when it is asked for. */
public final class ModelReplacement {
    private final Path results;
    private final Path model;

    /**
     * A replacement.
     *
     * @param results the run's finished networks
     * @param model the folder whose networks go
     */
    public ModelReplacement(Path results, Path model) {
        this.results = results;
        this.model = model;
    }

    /**
     * Replaces.
     *
     * @throws IllegalArgumentException when the model would then have latents that its transformer does not know, or the run
     *     is of a kind that has no such networks
     */
    public void run() {
        boolean vae = Files.isDirectory(results.resolve("vae"));
        boolean transformer = Files.isDirectory(results.resolve("transformer"));
        boolean draft = Files.isDirectory(results.resolve(DraftFile.FOLDER));
        if (!vae && !draft) {
            throw new IllegalArgumentException(results + ": holds no networks of a model to put in place of others");
        }
        if (vae && !transformer && Files.isDirectory(model.resolve("transformer")) && !hasSameLatents()) {
            throw new IllegalArgumentException(
                    model + ": its transformer knows the VAE that is there, and would make coloured"
                            + " noise with another; train a transformer on " + results
                            + " (vae: in its recipe) and replace both");
        }
        if (draft) {
            clear(model.resolve(DraftFile.FOLDER));
        }
        copy();
        if (vae && !transformer) {
            new TrainedFolder(model).renewDigests();
        }
    }

    /** Removes the files of a folder: a second draft decoder beside the first would leave open which it is. */
    private static void clear(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> old = Files.list(folder)) {
            for (Path file : old.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be emptied", e);
        }
    }

    /** Whether the new VAE is that of the model but for its decoder. */
    private boolean hasSameLatents() {
        return Files.isDirectory(model.resolve("vae")) && latents(results).equals(latents(model));
    }

    private static String latents(Path folder) {
        Path vae = folder.resolve("vae");
        try (Checkpoint opened = Checkpoint.open(vae, Placement.resident(ScalarType.Float))) {
            return PartDigest.ofLatents(VaeConfig.read(vae.resolve("config.json")), opened);
        }
    }

    private void copy() {
        try (Stream<Path> all = Files.walk(results)) {
            List<Path> files = all.filter(Files::isRegularFile).toList();
            for (Path file : files) {
                Path target = model.resolve(results.relativize(file).toString());
                Files.createDirectories(target.toAbsolutePath().getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(model + ": cannot be replaced from " + results, e);
        }
    }
}
