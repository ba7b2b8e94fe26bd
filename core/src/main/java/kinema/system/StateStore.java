package kinema.system;

import java.util.Optional;

/** Saves the state of a run, so that one which is interrupted can go on where it was. */
public interface StateStore extends AutoCloseable {
    /** Saves nothing. */
    StateStore NONE = new StateStore() {
        @Override
        public Optional<RunState> saved() {
            return Optional.empty();
        }

        @Override
        public void offer(RunState state) {}

        @Override
        public void save(RunState state) {}
    };

    /** The state to go on from, its tensors in the caller's scope; empty to begin. */
    Optional<RunState> saved();

    /** A step has led to this state, which may be saved: saving each of quick steps would slow them down. */
    void offer(RunState state);

    /** The run ends with this state or is interrupted at it: what is not saved now is lost. */
    void save(RunState state);

    /** The run is over; the store gives up its place. */
    @Override
    default void close() {}
}
