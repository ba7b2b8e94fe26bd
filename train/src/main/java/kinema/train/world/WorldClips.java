package kinema.train.world;

import java.util.List;
import java.util.Optional;
import kinema.Video;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;

/** The rendered world as a source of clips: there is no end to them, and a clip's number is its seed. Thread-safe. */
public final class WorldClips implements ClipSource {
    private static final int MOMENTS = 3;

    private final World world;

    /** Clips of {@code world}'s training split. */
    public WorldClips(World world) {
        this.world = world;
    }

    @Override
    public double fps() {
        return World.FPS;
    }

    @Override
    public CaptionedClip clip(long number, Shape shape) {
        Clip clip = world.render(world.sample(number, Split.TRAIN), side(shape), rendered(shape), number);
        return new CaptionedClip(shown(clip.video(), number, shape), clip.caption());
    }

    @Override
    public Optional<Video> subject(long number, Shape shape) {
        Scenario scenario = world.sample(number, Split.TRAIN);
        return Optional.of(shown(world.mask(scenario, side(shape), rendered(shape), number), number, shape));
    }

    @Override
    public List<String> prompts(int count) {
        return world.evaluationPrompts(count).stream().map(Prompt::text).toList();
    }

    private static int side(Shape shape) {
        if (shape.width() != shape.height()) {
            throw new IllegalArgumentException("the world's frames are square, found " + shape);
        }
        return shape.width();
    }

    /** A picture is a clip's start, middle or end. */
    private static int rendered(Shape shape) {
        return shape.frames() == 1 ? MOMENTS : shape.frames();
    }

    private static Video shown(Video video, long number, Shape shape) {
        if (shape.frames() > 1) {
            return video;
        }
        byte[] frame = video.frames().get(Math.floorMod(number, MOMENTS));
        return new Video(video.width(), video.height(), video.fps(), List.of(frame));
    }
}
