package kinema.cogvideox.files;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.weights.FolderContents;
import kinema.weights.SatStates;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model in its authors' own form, as their training code (SAT) writes them.
 *
 * @param folder the model's
 */
record SatFiles(Path folder) {
    private static final String VAE = "3d-vae.pt";
    private static final String T5 = "t5-v1_1-xxl";

    /**
     * The transformer's file; null where there are none of the authors' files.
     *
     * @throws WeightsException when there are some, but not one whole transformer
     */
    @Nullable
    Path transformer() {
        return SatStates.find(folder.resolve("transformer"), "transformer");
    }

    /** The VAE's file: {@code vae/3d-vae.pt}, else the only {@code .pt} there is; null where there is none. */
    @Nullable
    Path vae() {
        Path part = folder.resolve("vae");
        Path usual = part.resolve(VAE);
        if (Files.isRegularFile(usual)) {
            return usual;
        }
        List<Path> found = FolderContents.of(part).stream()
                .filter(file -> file.toString().endsWith(".pt"))
                .toList();
        return found.size() == 1 ? found.get(0) : null;
    }

    /** As {@link #vae}, where there must be one. */
    Path requiredVae() {
        Path vae = vae();
        if (vae == null) {
            throw new WeightsException(folder.resolve("vae").resolve(VAE)
                    + ": no such file, and no single other .pt beside it; the authors give it out in a vae.zip of its own, one for"
                    + " all their models, to be unpacked into " + folder.resolve("vae")
                    + "; the vae folder of the published model does as well");
        }
        return vae;
    }

    /**
     * The folder with the text encoder and its tokenizer, in the model's or beside it.
     *
     * @param published what the published layout calls it, for the message
     * @throws WeightsException when there is none
     */
    Path text(String published) {
        Path own = folder.resolve(T5);
        if (Files.isDirectory(own)) {
            return own;
        }
        Path beside = folder.toAbsolutePath().normalize().resolveSibling(T5);
        if (Files.isDirectory(beside)) {
            return beside;
        }
        throw new WeightsException(
                folder + ": no text encoder: looked for " + published + "/ and " + T5 + "/ in it, and for " + beside
                        + "; it is the text_encoder and tokenizer of any published CogVideoX, in one folder");
    }
}
