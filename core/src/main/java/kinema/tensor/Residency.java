package kinema.tensor;

import java.util.Locale;

/** How long a network's weights stay in memory in the dtype it computes in. */
public enum Residency {
    /** All of them, also from one use of the network to the next: the fastest where there is a next. */
    KEPT,
    /** All of them while the network is at work. */
    RESIDENT,
    /** Those of a block while it runs: memory for one block, and a conversion each time. */
    STREAMED;

    /** The name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
