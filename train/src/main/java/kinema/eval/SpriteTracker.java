package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import kinema.Video;

/** Follows the subject through a video by the outlines the detector gives. Knows nothing of what should be seen. */
final class SpriteTracker {
    private static final int SIDE = SpriteNetwork.MASK_SIDE;
    private static final double CELLS = SIDE * SIDE;
    /** What is smaller is not a subject. */
    private static final double LEAST_AREA = 0.004;

    private SpriteTracker() {}

    /** The path of the largest thing outlined in every frame. */
    static SpriteTrack track(Video video, Detection detection) {
        List<Sighting> sightings = new ArrayList<>();
        int frames = detection.masks().size();
        for (int i = 0; i < frames; i++) {
            Blob blob = Blob.largest(detection.masks().get(i), SIDE);
            double area = blob.mass() / CELLS;
            if (area >= LEAST_AREA) {
                double time = (double) i / Math.max(1, frames - 1);
                sightings.add(new Sighting(time, blob.x() / SIDE, blob.y() / SIDE, area));
            }
        }
        return new SpriteTrack(sightings, frames, SpinMeter.turn(video, detection.masks(), sightings));
    }
}
