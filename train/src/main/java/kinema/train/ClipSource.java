package kinema.train;

import java.util.List;
import java.util.Optional;
import kinema.Video;

/**
 * Where training's clips come from: a trainer asks for a clip by its number and knows nothing else of the data.
 *
 * <p>The same number and shape always give the same clip, so a run is repeated by repeating its numbers. Thread-safe.
 */
public interface ClipSource {
    /**
     * What a clip is asked for as.
     *
     * @param width pixels
     * @param height pixels
     * @param frames 1 for a picture
     */
    record Shape(int width, int height, int frames) {
        /** Checks the ranges. */
        public Shape {
            Recipes.require(width > 0, "width must be above 0", width);
            Recipes.require(height > 0, "height must be above 0", height);
            Recipes.require(frames > 0, "frames must be above 0", frames);
        }

        @Override
        public String toString() {
            return width + "x" + height + "x" + frames;
        }
    }

    /** Frames per second of every clip. */
    double fps();

    /** The clip of this number. */
    CaptionedClip clip(long number, Shape shape);

    /**
     * Where the clip of the same arguments shows its subject, for sources that know: white where it covers a pixel, black
     * elsewhere, grey on its edge.
     */
    default Optional<Video> subject(long number, Shape shape) {
        return Optional.empty();
    }

    /** Sentences to draw pictures from while training goes on, never seen in training where the source can tell. */
    List<String> prompts(int count);
}
