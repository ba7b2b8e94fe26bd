package kinema.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kinema.memory.MemoryPlan;
import kinema.system.Setting;
import kinema.text.KnownWords;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint's folder says about itself.
 *
 * @param folder the checkpoint
 * @param system the system it belongs to
 * @param variant which of the system's models, in words
 * @param licence as the folder states it; null if it does not
 * @param networks the networks that can be read
 * @param settings what a request may set by name; empty when the configs cannot be read
 * @param words all that its training's captions spoke of; empty where the folder does not say
 * @param memory what a generation at the model's own size needs; null when a network cannot be read
 * @param problems what is missing or damaged
 */
record Inspection(
        Path folder,
        String system,
        String variant,
        @Nullable String licence,
        List<Network> networks,
        List<Setting<?>> settings,
        Optional<KnownWords> words,
        @Nullable MemoryPlan memory,
        List<String> problems) {
    /** Parameters of all networks. */
    long parameters() {
        return networks.stream().mapToLong(Network::count).sum();
    }

    /** Bytes of all weight files. */
    long bytes() {
        return networks.stream().mapToLong(Network::bytes).sum();
    }
}
