package kinema.train.world;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.Video;
import kinema.text.KnownWords;

/**
 * Samples scenarios and renders them as captioned clips.
 *
 * <p>Everything is a function of its arguments: the same seed gives the same scenario, caption and bytes. Thread-safe.
 */
public final class World {
    /** Frames per second of every clip. */
    public static final double FPS = 8;

    private static final int SMALLEST_FRAME = 16;

    private final SpriteSheet sheet = new SpriteSheet();
    private final Sampler sampler = new Sampler(sheet.subjects());

    /** The random streams of a clip: one each, so that asking for the caption alone gives the clip's caption. */
    private record Streams(SplittableRandom motion, SplittableRandom scenery, SplittableRandom caption) {
        static Streams of(long seed) {
            SplittableRandom root = new SplittableRandom(seed);
            return new Streams(root.split(), root.split(), root.split());
        }
    }

    /** All subjects, in the order of the bundled table. */
    public List<Subject> subjects() {
        return sheet.subjects();
    }

    /** All that captions speak of. */
    public KnownWords words() {
        return Captions.words(sheet.subjects());
    }

    /** What a sentence says in these words. */
    public Meaning meaning(String sentence) {
        return Captions.meaning(sentence, sheet.subjects());
    }

    /** Draws a scenario of this split. */
    public Scenario sample(long seed, Split split) {
        return sampler.sample(new SplittableRandom(seed), split);
    }

    /**
     * Renders a clip.
     *
     * @param size side of the square frames in pixels, at least 16
     * @param frames number of frames, at least 1
     * @param seed decides phrasing, place, size and details of the scene
     */
    public Clip render(Scenario scenario, int size, int frames, long seed) {
        Track track = track(scenario, frames, seed);
        byte[] scenery = Scenery.paint(scenario, checkSize(size), Streams.of(seed).scenery);
        Sprite sprite = sheet.sprite(scenario.subject(), scenario.color());
        Video video = new Video(size, size, FPS, draw(sprite, track, scenery, size));
        return new Clip(video, caption(scenario, seed), scenario, track);
    }

    /**
     * Renders where the clip of the same arguments shows its subject.
     *
     * @return white where the subject covers a pixel, black elsewhere, grey on its edge
     */
    public Video mask(Scenario scenario, int size, int frames, long seed) {
        byte[] black = new byte[3 * checkSize(size) * size];
        Sprite silhouette = sheet.sprite(scenario.subject(), null).silhouette();
        return new Video(size, size, FPS, draw(silhouette, track(scenario, frames, seed), black, size));
    }

    /** The caption of the clip of the same arguments. */
    public String caption(Scenario scenario, long seed) {
        return Captions.pick(scenario, Streams.of(seed).caption);
    }

    /** The subject's path in the clip of the same arguments. */
    public Track track(Scenario scenario, int frames, long seed) {
        if (frames < 1) {
            throw new IllegalArgumentException("a clip needs at least one frame, found " + frames);
        }
        double aspect = sheet.sprite(scenario.subject(), null).aspect();
        return new Choreography(scenario, aspect, Streams.of(seed).motion).track(frames);
    }

    /**
     * The fixed prompts a model is judged by: distinct held-out combinations, even over motions and scenes, the README's
     * sentence first.
     */
    public List<Prompt> evaluationPrompts(int count) {
        return new EvaluationPrompts().choose(sheet.subjects(), count);
    }

    private static List<byte[]> draw(Sprite sprite, Track track, byte[] background, int size) {
        List<byte[]> frames = new ArrayList<>(track.poses().size());
        for (Pose pose : track.poses()) {
            byte[] frame = background.clone();
            sprite.draw(pose, frame, size);
            frames.add(frame);
        }
        return frames;
    }

    private static int checkSize(int size) {
        if (size < SMALLEST_FRAME) {
            throw new IllegalArgumentException(
                    "frames must be at least " + SMALLEST_FRAME + " pixels wide, found " + size);
        }
        return size;
    }
}
