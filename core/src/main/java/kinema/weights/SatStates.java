package kinema.weights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import kinema.files.SmallFile;
import org.jspecify.annotations.Nullable;

/**
 * A network's states as SAT, the training code of several authors, writes them: {@code latest} holds the name of an iteration's
 * folder beside it, and in that lies one file for each rank of model-parallel training.
 */
public final class SatStates {
    private static final String STATES = "mp_rank_00_model_states.pt";
    private static final String OF_ANY_RANK = "_model_states.pt";
    private static final String LATEST = "latest";
    private static final int MAX_NAME = 1000;
    private static final Pattern NAME = Pattern.compile("[\\w.-]{1,100}");

    private SatStates() {}

    /**
     * The file of a network's states: of the iteration that {@code latest} names, else of the only one there is. Null where
     * there are none of these files.
     *
     * @param folder the network's
     * @param network what it is, for messages, such as {@code transformer}
     * @throws WeightsException when there are some, but not one whole network
     */
    public static @Nullable Path find(Path folder, String network) {
        Path latest = folder.resolve(LATEST);
        if (Files.isRegularFile(latest)) {
            return states(iteration(latest), network);
        }
        if (!ranks(folder).isEmpty()) {
            return states(folder, network);
        }
        List<Path> iterations = FolderContents.of(folder).stream()
                .filter(i -> !ranks(i).isEmpty())
                .toList();
        if (iterations.size() > 1) {
            throw new WeightsException(folder + ": " + iterations.size() + " iterations ("
                    + String.join(", ", names(iterations)) + "); write the name of one into " + latest);
        }
        return iterations.isEmpty() ? null : states(iterations.get(0), network);
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
    private static Path states(Path iteration, String network) {
        List<Path> ranks = ranks(iteration);
        Path states = iteration.resolve(STATES);
        if (ranks.size() > 1) {
            throw new WeightsException(iteration + ": the " + network + " is split over " + ranks.size() + " files ("
                    + String.join(", ", names(ranks))
                    + "), one for each rank of model-parallel training; these cannot be"
                    + " put together here: merge them into one " + STATES + " with the training code that wrote them");
        }
        if (!ranks.equals(List.of(states))) {
            throw new WeightsException(states + ": no such file"
                    + (ranks.isEmpty() ? "" : ", only " + ranks.get(0).getFileName() + ", which is a part of another")
                    + "; download the authors' " + network + " folder again, whole");
        }
        return states;
    }

    private static List<Path> ranks(Path iteration) {
        return FolderContents.of(iteration).stream()
                .filter(file -> file.getFileName().toString().startsWith("mp_rank_")
                        && file.toString().endsWith(OF_ANY_RANK))
                .toList();
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(file -> file.getFileName().toString()).toList();
    }
}
