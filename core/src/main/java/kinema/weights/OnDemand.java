package kinema.weights;

import java.util.function.Function;

/**
 * A part of a network whose weights are in memory while it is used: always, or only then. Either way it computes the same
 * numbers, bit for bit.
 *
 * @param <T> the part, such as a block
 */
public interface OnDemand<T> {
    /**
     * Runs {@code body} with the part. The part must not be used after {@code body} ended; its results may, and must share no memory with a
     * weight, as the next part's weights may be put there.
     *
     * @return what {@code body} returns
     */
    <R> R use(Function<? super T, R> body);

    /** A part that is always there. */
    record Always<T>(T part) implements OnDemand<T> {
        @Override
        public <R> R use(Function<? super T, R> body) {
            return body.apply(part);
        }
    }
}
