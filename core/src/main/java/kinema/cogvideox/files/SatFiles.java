package kinema.cogvideox.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kinema.files.SmallFile;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model in its authors' own form, as their training code (SAT) writes them.
 *
 * @param folder the model's
 */
record SatFiles(Path folder) {
    private static final String STATES = "mp_rank_00_model_states.pt";
    private static final String OF_ANY_RANK = "_model_states.pt";
    private static final String LATEST = "latest";
    private static final int MAX_NAME = 1000;
    private static final Pattern NAME = Pattern.compile("[\\w.-]{1,100}");
    private static final String VAE = "3d-vae.pt";
    private static final String T5 = "t5-v1_1-xxl";

    /**
     * The transformer's file: of the iteration that {@code transformer/latest} names, else of the only one there is. Null
     * where there are none of the authors' files.
     *
     * @throws WeightsException when there are some, but not one whole transformer
     */
    @Nullable
    Path transformer() {
        Path part = folder.resolve("transformer");
        Path latest = part.resolve(LATEST);
        if (Files.isRegularFile(latest)) {
            return states(iteration(latest));
        }
        if (!ranks(part).isEmpty()) {
            return states(part);
        }
        List<Path> iterations =
                list(part).stream().filter(i -> !ranks(i).isEmpty()).toList();
        if (iterations.size() > 1) {
            throw new WeightsException(part + ": " + iterations.size() + " iterations ("
                    + String.join(", ", names(iterations)) + "); write the name of one into " + latest);
        }
        return iterations.isEmpty() ? null : states(iterations.get(0));
    }

    /** The VAE's file: {@code vae/3d-vae.pt}, else the only {@code .pt} there is; null where there is none. */
    @Nullable
    Path vae() {
        Path part = folder.resolve("vae");
        Path usual = part.resolve(VAE);
        if (Files.isRegularFile(usual)) {
            return usual;
        }
        List<Path> found = list(part).stream()
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

    private static Path iteration(Path latest) {
        try {
            String name = new String(SmallFile.bytes(latest, MAX_NAME), StandardCharsets.US_ASCII).strip();
            if (!NAME.matcher(name).matches()) {
                throw new WeightsException(
                        latest + ": must hold the name of a folder beside it, such as 1000; download it again");
            }
            return latest.resolveSibling(name);
        } catch (IOException e) {
            throw WeightsException.unreadable(latest, e);
        }
    }

    /** The states of an iteration, which must be in one file. */
    private static Path states(Path iteration) {
        List<Path> ranks = ranks(iteration);
        Path states = iteration.resolve(STATES);
        if (ranks.size() > 1) {
            throw new WeightsException(iteration + ": the transformer is split over " + ranks.size() + " files ("
                    + String.join(", ", names(ranks))
                    + "), one for each rank of model-parallel training; these cannot be"
                    + " put together here: merge them into one " + STATES + " with the training code that wrote them");
        }
        if (!ranks.equals(List.of(states))) {
            throw new WeightsException(states + ": no such file"
                    + (ranks.isEmpty() ? "" : ", only " + ranks.get(0).getFileName() + ", which is a part of another")
                    + "; download the authors' transformer folder again, whole");
        }
        return states;
    }

    private static List<Path> ranks(Path iteration) {
        return list(iteration).stream()
                .filter(file -> file.getFileName().toString().startsWith("mp_rank_")
                        && file.toString().endsWith(OF_ANY_RANK))
                .toList();
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        } catch (IOException e) {
            throw WeightsException.unreadable(folder, e);
        }
    }
}
