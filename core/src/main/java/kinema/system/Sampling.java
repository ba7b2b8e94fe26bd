package kinema.system;

import java.util.Optional;
import kinema.memory.Tile;

/**
 * A request with nothing left open.
 *
 * @param prompt what the video shows
 * @param seed of the random numbers
 * @param size of the video
 * @param settings all that the model's {@link Schema} lists
 * @param condition what the pictures are that it starts from or follows; empty for text alone
 * @param tile the pieces pictures are coded in, {@link Tile#WHOLE} for whole; empty until a memory plan has chosen
 */
public record Sampling(
        String prompt,
        long seed,
        VideoSize size,
        Settings settings,
        Optional<Condition> condition,
        Optional<Tile> tile) {
    /** The same with other settings. */
    public Sampling with(Settings other) {
        return new Sampling(prompt, seed, size, other, condition, tile);
    }

    /** The same with pictures coded in these pieces. */
    public Sampling with(Tile other) {
        return new Sampling(prompt, seed, size, settings, condition, Optional.of(other));
    }

    /** The same with another number of frames. */
    public Sampling withFrames(int frames) {
        return new Sampling(
                prompt,
                seed,
                new VideoSize(size.width(), size.height(), frames, size.fps()),
                settings,
                condition,
                tile);
    }

    /** What kind of pictures there are. */
    public Optional<ConditionType> pictures() {
        return condition.map(Condition::type);
    }
}
