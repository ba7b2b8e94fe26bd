package kinema.system;

import java.util.Optional;

/** Keeps the state of a run, so that one which is interrupted can go on where it was. */
public interface StateKeeper extends AutoCloseable {
    /** Keeps nothing. */
    StateKeeper NONE = new StateKeeper() {
        @Override
        public Optional<RunState> kept() {
            return Optional.empty();
        }

        @Override
        public void offer(RunState state) {}

        @Override
        public void keep(RunState state) {}
    };

    /** The state to go on from, its tensors in the caller's scope; empty to begin. */
    Optional<RunState> kept();

    /** A step has led to this state, which may be kept: keeping each of quick steps would slow them down. */
    void offer(RunState state);

    /** The run ends with this state or is interrupted at it: what is not kept now is lost. */
    void keep(RunState state);

    /** The run is over; the keeper gives up its place. */
    @Override
    default void close() {}
}
