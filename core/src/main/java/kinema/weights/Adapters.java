package kinema.weights;

import org.jspecify.annotations.Nullable;

/** What is trained beside the linear maps of a network whose own weights stay as they are. */
@FunctionalInterface
public interface Adapters {
    /** None. */
    Adapters NONE = (layer, in, out) -> null;

    /**
     * The change of one linear map.
     *
     * @param layer its full name, such as {@code transformer_blocks.0.attn1.to_q}
     * @param in width of its input
     * @param out width of its output
     * @return null when it is not changed
     */
    @Nullable
    LowRank of(String layer, long in, long out);
}
