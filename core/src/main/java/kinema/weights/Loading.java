package kinema.weights;

import java.util.List;

/**
 * How a system loads its networks.
 *
 * @param loras what is added to the denoising network's weights as they are read
 */
public record Loading(List<LoraFile> loras) {
    /** As published, nothing added. */
    public static final Loading PLAIN = new Loading(List.of());

    /** Keeps a copy of the list. */
    public Loading {
        loras = List.copyOf(loras);
    }
}
