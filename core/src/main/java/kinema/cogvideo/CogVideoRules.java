package kinema.cogvideo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.system.PictureSize;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Settings;
import kinema.system.Stage;
import kinema.system.VideoSize;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/** What a CogVideo checkpoint can do, as its configs and its clusters tell. Immutable. */
final class CogVideoRules implements PipelineRules {
    private final CogVideoFiles files;
    private final CogVideoConfig config;
    private final long[] clusters;
    private final VideoSize size;
    private final Schema settings;
    private final String language;

    private CogVideoRules(CogVideoFiles files) {
        this.files = files;
        config = CogVideoConfig.of(files);
        clusters = files.clusters(config.base().imageTokens());
        Settings stated = stated();
        size = size(config, stated);
        settings = CogVideoSettings.of(stated, config.last());
        language = stated.get(CogVideoStated.LANGUAGE);
    }

    private Settings stated() {
        try {
            return CogVideoStated.of(files.stated(), clusterCount(clusters));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(
                    files.folder().resolve(ModelIndex.NAME) + ": " + ModelIndex.OWN + ": " + e.getMessage(), e);
        }
    }

    /** Without frames between them key frames last as long as all frames would. */
    private static VideoSize size(CogVideoConfig config, Settings stated) {
        int side = config.large();
        int frames = stated.get(CogVideoStated.FRAMES);
        double fps = stated.get(CogVideoStated.FPS);
        int keys = Timeline.LENGTHS.get(0);
        return config.interpolation().isPresent() || frames <= keys
                ? new VideoSize(side, side, frames, fps)
                : new VideoSize(side, side, keys, fps * (keys - 1) / (frames - 1));
    }

    /**
     * Reads the configs.
     *
     * @throws kinema.weights.WeightsException when a part is missing, or a config is damaged or states what no network can have
     */
    static CogVideoRules of(Path folder) {
        return new CogVideoRules(new CogVideoFiles(folder));
    }

    CogVideoConfig config() {
        return config;
    }

    /** The cluster of each image token. */
    long[] clusters() {
        return clusters;
    }

    @Override
    public VideoSize size() {
        return size;
    }

    @Override
    public Optional<String> language() {
        return Optional.of(language);
    }

    /** Whether prompts in other languages than the authors' model was trained on mean nothing to it. */
    boolean readsChinese() {
        return CogVideoStated.LANGUAGE.standard().filter(language::equals).isPresent();
    }

    @Override
    public Schema settings() {
        return settings;
    }

    @Override
    public List<Stage> stages(Sampling s) {
        return CogVideoStages.of(s);
    }

    @Override
    public void check(Sampling s) {
        Level until = s.settings().get(CogVideoSettings.UNTIL);
        require(CogVideoSettings.from(s));
        require(until);
        checkPictures(s);
        Timeline timeline = Timeline.of(s);
        if (CogVideoStages.of(s).contains(CogVideoStages.INTERPOLATE)) {
            require(Level.INTERPOLATE);
        }
        if (until == Level.KEYFRAMES && timeline.rounds() > 0) {
            throw new IllegalArgumentException(
                    "until keyframes makes 5 frames, found " + timeline.frames() + "; ask for 5");
        }
        checkSize(s.size(), until);
        s.tile()
                .filter(tile -> !tile.covers(s.size().width(), s.size().height()))
                .ifPresent(tile -> {
                    throw new IllegalArgumentException("this model decodes pictures whole; leave the tile out");
                });
        CogVideoSettings.checkRate(s.settings());
        CogVideoSettings.checkClusters(s.settings(), clusterCount(clusters));
    }

    /** How many clusters there are, when these are those of the image tokens. */
    static int clusterCount(long[] clusters) {
        return Math.toIntExact(Arrays.stream(clusters).max().orElse(0)) + 1;
    }

    /** Refuses a stage whose part is not there. */
    private void require(Level level) {
        if (!config.has(level)) {
            throw files.missing(level.part(), level.purpose());
        }
    }

    private static void checkPictures(Sampling s) {
        Level from = CogVideoSettings.from(s);
        Level until = s.settings().get(CogVideoSettings.UNTIL);
        if (from.compareTo(until) > 0) {
            throw new IllegalArgumentException("stage " + from + ", with which the run starts, comes after " + until
                    + ", with which it is to end; choose another 'from' or 'until'");
        }
        Optional<ConditionType> pictures = s.pictures();
        if (from == Level.KEYFRAMES && pictures.isPresent() && pictures.get() != ConditionType.IMAGE) {
            throw new ConditionException(
                    "stage keyframes takes an image, the first frame, found a " + pictures.get()
                            + "; give an image, or start with interpolate or upscale",
                    null);
        }
        if (from != Level.KEYFRAMES && (pictures.isEmpty() || pictures.get() != ConditionType.VIDEO)) {
            throw new ConditionException("stage " + from + " starts from a video; give one", ConditionType.VIDEO);
        }
    }

    @Override
    public int frames(int given, Settings s) {
        int known = Timeline.longest(given);
        if (CogVideoSettings.from(s, true) != Level.INTERPOLATE) {
            return known;
        }
        int most = Timeline.LENGTHS.get(Timeline.LENGTHS.size() - 1);
        return Math.min(most, ((known - 1) << s.get(CogVideoSettings.ROUNDS)) + 1);
    }

    @Override
    public PictureSize pictures(Sampling s) {
        return given(s);
    }

    /** What a request's pictures are brought to: of a video only the frames that are there before the first round. */
    static PictureSize given(Sampling s) {
        PictureSize all = PictureSize.of(s);
        return CogVideoSettings.from(s) == Level.INTERPOLATE
                ? new PictureSize(Timeline.of(s).known(), all.width(), all.height())
                : all;
    }

    private void checkSize(VideoSize asked, Level until) {
        List<Integer> sizes = until == Level.UPSCALE
                ? List.of(config.large())
                : Stream.of(config.small(), config.large()).distinct().toList();
        if (asked.width() != asked.height() || !sizes.contains(asked.width())) {
            String known = String.join(
                    " or ", sizes.stream().map(side -> side + "x" + side).toList());
            throw new IllegalArgumentException(
                    "this model makes videos of " + known + ", found " + asked.width() + "x" + asked.height());
        }
    }
}
