package kinema.train.world;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.Video;
import kinema.text.KnownWords;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;

/** The rendered world as a source of clips. Thread-safe. */
public final class WorldClips implements ClipSource {
    private static final int MOMENTS = 3;

    private static final long STRIDE = 1_000_003; // between the clips of neighbouring seeds

    private final World world;
    private final OptionalLong count;
    private final long first;

    /** Clips of {@code world}'s training split without end; a clip's number is its seed. */
    public WorldClips(World world) {
        this(world, OptionalLong.empty(), 0);
    }

    /** So many clips of {@code world}'s training split. */
    public WorldClips(World world, long count, long seed) {
        this(world, OptionalLong.of(count), seed * STRIDE);
    }

    private WorldClips(World world, OptionalLong count, long first) {
        this.world = world;
        this.count = count;
        this.first = first;
    }

    @Override
    public OptionalLong count() {
        return count;
    }

    @Override
    public String origin() {
        return "world from " + first;
    }

    @Override
    public double fps() {
        return World.FPS;
    }

    @Override
    public CaptionedClip clip(long number, Shape shape) {
        long seed = first + number;
        Clip clip = world.render(world.sample(seed, Split.TRAIN), side(shape), rendered(shape), seed);
        return new CaptionedClip(shown(clip.video(), seed, shape), clip.caption());
    }

    @Override
    public Optional<Video> subject(long number, Shape shape) {
        long seed = first + number;
        Scenario scenario = world.sample(seed, Split.TRAIN);
        return Optional.of(shown(world.mask(scenario, side(shape), rendered(shape), seed), seed, shape));
    }

    @Override
    public List<String> prompts(int count) {
        return world.evaluationPrompts(count).stream().map(Prompt::text).toList();
    }

    @Override
    public Optional<KnownWords> words() {
        return Optional.of(world.words());
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
