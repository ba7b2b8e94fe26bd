package kinema.weights;

import java.nio.file.Path;

/**
 * Where the parts of a checkpoint lie and what they hold, nothing loaded: in the published layout, or in its authors' own
 * files, whose configs are recognised by the tensors. A part goes by its name in {@code model_index.json}, such as
 * {@code transformer}.
 */
public interface CheckpointParts {
    /**
     * {@code model_index.json}, or what it would say.
     *
     * @throws WeightsException when it is missing or damaged
     */
    ConfigFile index();

    /**
     * A network's {@code config.json}, or the scheduler's own, or what it would say.
     *
     * @throws WeightsException when it is missing or damaged
     */
    ConfigFile config(String part);

    /**
     * The folder with a part's files, whether or not it is there.
     *
     * @throws WeightsException when it is looked for in several places and in none of them
     */
    Path folder(String part);

    /**
     * What a network's files hold, from their headers.
     *
     * @throws WeightsException when one is missing or damaged
     */
    StoredNetwork network(String part);
}
