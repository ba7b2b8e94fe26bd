package kinema.eval;

import java.util.List;

/**
 * A subject's path through a video.
 *
 * @param sightings one for every frame it was found in, in order of time
 * @param frames of the video
 * @param turn how far it turned around its centre in all, in degrees, clockwise; 0 when it did not turn evenly
 */
public record SpriteTrack(List<Sighting> sightings, int frames, double turn) {
    /** Copies the list. */
    public SpriteTrack {
        sightings = List.copyOf(sightings);
    }
}
