package kinema.weights;

import org.jspecify.annotations.Nullable;

/** What a system needs to say so that LoRAs for it can be read, those with its authors' own keys too. */
public interface LoraNames {
    /** The network that LoRAs change, as published files name it before the first dot of a key. */
    String network();

    /** The published key of a LoRA's tensor that bears the authors' own; null for any other key. */
    @Nullable
    String published(String key);

    /** The alpha the authors' code trains with; files with their keys do not state it. */
    double authorsAlpha();
}
