package kinema.diffusion;

import java.util.Optional;

/**
 * As much of a request as decides how much memory it takes.
 *
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param compat whether frames may be 8k, as the Python implementation lets them
 * @param guided whether every step is taken with and without the prompt
 * @param condition what pictures it starts from or follows; empty for none
 * @param tile the pieces pictures are coded in; empty for whatever fits
 * @param held what the caller keeps of the results
 */
public record Workload(
        int width,
        int height,
        int frames,
        boolean compat,
        boolean guided,
        Optional<ConditionType> condition,
        Optional<Tile> tile,
        Held held) {
    /** That of a request with nothing left open. */
    public static Workload of(Sampling s, Held held) {
        return new Workload(
                s.width(),
                s.height(),
                s.frames(),
                s.compat(),
                Guidance.active(s.guidance()),
                s.condition().map(Condition::type),
                Optional.of(s.tile().orElse(Tile.WHOLE)),
                held);
    }

    /** The same with another number of frames. */
    public Workload withFrames(int other) {
        return new Workload(width, height, other, compat, guided, condition, tile, held);
    }

    /** The same in another size. */
    public Workload withSize(int newWidth, int newHeight) {
        return new Workload(newWidth, newHeight, frames, compat, guided, condition, tile, held);
    }

    /** The same with whatever pieces fit. */
    public Workload withAnyTile() {
        return new Workload(width, height, frames, compat, guided, condition, Optional.empty(), held);
    }
}
