package kinema.train;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.Video;
import kinema.text.KnownWords;

/**
 * Where training's clips come from: a trainer asks for a clip by its number and knows nothing else of the data.
 *
 * <p>The same number and shape always give the same clip, so a run is repeated by repeating its numbers. Thread-safe.
 */
public interface ClipSource {
    /**
     * What a clip is asked for as; in recipes {@code 64x64x17}.
     *
     * @param width pixels
     * @param height pixels
     * @param frames 1 for a picture
     */
    record Shape(int width, int height, int frames) {
        private static final Pattern TEXT = Pattern.compile("(\\d{1,5})x(\\d{1,5})x(\\d{1,5})");

        /** Checks the ranges. */
        public Shape {
            Recipes.require(width > 0, "width must be above 0", width);
            Recipes.require(height > 0, "height must be above 0", height);
            Recipes.require(frames > 0, "frames must be above 0", frames);
        }

        /**
         * Reads a shape as recipes write it.
         *
         * @throws IllegalArgumentException when it is not of that form
         */
        @JsonCreator
        public static Shape parse(String text) {
            Matcher m = TEXT.matcher(text);
            Recipes.require(m.matches(), "a size must be WIDTHxHEIGHTxFRAMES, such as 64x64x17", text);
            return new Shape(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)));
        }

        /** The form of recipes. */
        @Override
        @JsonValue
        public String toString() {
            return width + "x" + height + "x" + frames;
        }
    }

    /** Frames per second of every clip. */
    double fps();

    /** How many different clips there are; empty when there is no end to them. */
    OptionalLong count();

    /** What the clips depend on, in words: kept with all that is made of them. */
    String origin();

    /**
     * The shape, of several, that suits a clip best.
     *
     * @throws UnusableClipException when none does, or the clip cannot be read
     */
    default Shape suited(long number, List<Shape> shapes) {
        return shapes.get(Math.floorMod(number, shapes.size()));
    }

    /**
     * The clip of this number.
     *
     * @throws UnusableClipException when it cannot be had
     */
    CaptionedClip clip(long number, Shape shape);

    /**
     * Where the clip of the same arguments shows its subject, for sources that know: white where it covers a pixel, black
     * elsewhere, grey on its edge.
     */
    default Optional<Video> subject(long number, Shape shape) {
        return Optional.empty();
    }

    /** A number that the source knows of a clip, such as a score in its table; empty where it does not. */
    default Optional<Double> number(long number, String column) {
        return Optional.empty();
    }

    /** All that its captions speak of, where they are few enough to be listed. */
    default Optional<KnownWords> words() {
        return Optional.empty();
    }

    /** Sentences to draw pictures from while training goes on, never seen in training where the source can tell. */
    List<String> prompts(int count);
}
