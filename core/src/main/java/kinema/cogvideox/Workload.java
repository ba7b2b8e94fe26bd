package kinema.cogvideox;

import java.util.Optional;
import kinema.memory.Tile;
import kinema.system.Collected;
import kinema.system.CommonSettings;
import kinema.system.ConditionType;
import kinema.system.Sampling;

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
 * @param results what the caller collects of the results
 * @param kept what is kept of computed steps to estimate others by
 * @param draft whether a draft decoder makes the pictures
 */
record Workload(
        int width,
        int height,
        int frames,
        boolean compat,
        boolean guided,
        Optional<ConditionType> condition,
        Optional<Tile> tile,
        Results results,
        Kept kept,
        boolean draft) {
    /** What is kept of computed steps. */
    enum Kept {
        /** Every step is computed. */
        NOTHING,
        /** Two velocities. */
        VELOCITIES,
        /** The blocks' residual, and a velocity beside an estimate of it. */
        RESIDUAL
    }

    /** That of a request with nothing left open, but perhaps the pieces. */
    static Workload of(Sampling s, Collected collected) {
        int states = collected.tensors() ? s.settings().get(CommonSettings.STEPS) : 0;
        return new Workload(
                s.size().width(),
                s.size().height(),
                s.size().frames(),
                s.settings().get(CogVideoXSettings.COMPAT),
                CogVideoXSettings.guided(s.settings()),
                s.pictures(),
                s.tile(),
                new Results(states, collected.frames()),
                s.settings().find(CogVideoXSettings.CACHE).map(CacheWay::keeps).orElse(Kept.NOTHING),
                CommonSettings.isDraft(s.settings()));
    }

    /** The same with another number of frames. */
    Workload withFrames(int other) {
        return new Workload(width, height, other, compat, guided, condition, tile, results, kept, draft);
    }

    /** The same in another size. */
    Workload withSize(int newWidth, int newHeight) {
        return new Workload(newWidth, newHeight, frames, compat, guided, condition, tile, results, kept, draft);
    }

    /** The same with whatever pieces fit. */
    Workload withAnyTile() {
        return new Workload(width, height, frames, compat, guided, condition, Optional.empty(), results, kept, draft);
    }

    /** The same with something else kept. */
    Workload withKept(Kept other) {
        return new Workload(width, height, frames, compat, guided, condition, tile, results, other, draft);
    }
}
