package kinema.tensor;

import java.util.Locale;

/** How long a network's weights, in the dtype it computes in, stay in memory while the network is at work. */
public enum Residency {
    /** All of them as long as the network: the fastest. */
    RESIDENT,
    /** Those of a block while it runs: memory for one block, and a conversion each time. */
    STREAMED;

    /** The name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
