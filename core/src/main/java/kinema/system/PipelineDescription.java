package kinema.system;

import java.util.List;
import java.util.Map;

/**
 * What a system says of a checkpoint from its configs alone, nothing loaded.
 *
 * @param variant which of the system's models this is, in words
 * @param networks the shapes of the tensors that networks ask for, by part of the model and key
 */
public record PipelineDescription(String variant, Map<String, Map<String, List<Long>>> networks) {
    /** Keeps a copy of the map. */
    public PipelineDescription {
        networks = Map.copyOf(networks);
    }
}
