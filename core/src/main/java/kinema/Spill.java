package kinema;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Where a generation saves its unfinished work, so that little is lost when it is cancelled, fails, or its process dies.
 *
 * <p>The folder appears when there is work worth saving: once a minute, in the first minute after every step that takes longer than a
 * second, or after every so many steps, and always before decoding. A request with the folder of the same request, unfinished, goes on where that one was and ends with
 * the same latents as a run in one go. One run at a time uses a folder; another that would is refused. Who has saved the video calls {@link UnfinishedRun#delete}.
 *
 * @param folder for {@code request.json} and {@code state.safetensors}; with the folders above it made where they are missing
 * @param everySteps how many steps may be lost; empty for those of a minute
 * @param notes what the program wants to find again in {@link UnfinishedRun#notes}
 */
public record Spill(Path folder, OptionalInt everySteps, Map<String, String> notes) {
    /** Checks the number of steps and keeps a copy of the notes. */
    public Spill {
        if (everySteps.isPresent() && everySteps.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "work must be saved after at least 1 step, found " + everySteps.getAsInt());
        }
        notes = Map.copyOf(notes);
    }

    /** Once a minute, without notes. */
    public static Spill into(Path folder) {
        return new Spill(folder, OptionalInt.empty(), Map.of());
    }

    /** The same after every so many steps. */
    public Spill everySteps(int steps) {
        return new Spill(folder, OptionalInt.of(steps), notes);
    }

    /** The same with other notes. */
    public Spill withNotes(Map<String, String> other) {
        return new Spill(folder, everySteps, other);
    }
}
