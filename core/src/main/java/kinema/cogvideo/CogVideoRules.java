package kinema.cogvideo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kinema.cogvideo.CogVideoSettings.Goal;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Stage;
import kinema.system.VideoSize;
import kinema.weights.ModelIndex;

/** What a CogVideo checkpoint can do, as its configs and its clusters tell. Immutable. */
final class CogVideoRules implements PipelineRules {
    private static final double FPS = 8; // of the last round, from one key frame a second

    private final CogVideoConfig config;
    private final long[] clusters;
    private final VideoSize size;

    private CogVideoRules(CogVideoFiles files) {
        config = CogVideoConfig.of(files);
        clusters = files.clusters(config.base().imageTokens());
        ModelIndex index = new ModelIndex(files.index());
        int longest = Timeline.LENGTHS.get(Timeline.LENGTHS.size() - 1);
        size = new VideoSize(
                config.large(),
                config.large(),
                index.own("frames").asInt(longest),
                index.own("fps").asDouble(FPS));
    }

    /**
     * Reads the configs.
     *
     * @throws kinema.weights.WeightsException when one is missing, damaged, or states what no network can have
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
    public Schema settings() {
        return CogVideoSettings.ALL;
    }

    @Override
    public List<Stage> stages(Sampling s) {
        return CogVideoStages.of(s);
    }

    @Override
    public void check(Sampling s) {
        checkPictures(s.pictures());
        Timeline timeline = Timeline.of(s.size().frames());
        Goal until = s.settings().get(CogVideoSettings.UNTIL);
        if (until == Goal.KEYFRAMES && timeline.rounds() > 0) {
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
        int top = s.settings().get(CogVideoSettings.TOP_CLUSTERS);
        long all = Arrays.stream(clusters).max().orElse(0) + 1;
        if (top > all) {
            throw new IllegalArgumentException(
                    "top-clusters must be at most " + all + ", all that the model has, found " + top);
        }
    }

    private static void checkPictures(Optional<ConditionType> pictures) {
        if (pictures.isPresent() && pictures.get() != ConditionType.IMAGE) {
            throw new ConditionException(
                    "CogVideo makes videos from text, or from text and the first frame; it takes no " + pictures.get()
                            + ": give an image, or leave it out",
                    null);
        }
    }

    private void checkSize(VideoSize asked, Goal until) {
        List<Integer> sizes = until == Goal.UPSCALE ? List.of(config.large()) : List.of(config.small(), config.large());
        if (asked.width() != asked.height() || !sizes.contains(asked.width())) {
            String known = String.join(
                    " or ", sizes.stream().map(side -> side + "x" + side).toList());
            throw new IllegalArgumentException(
                    "this model makes videos of " + known + ", found " + asked.width() + "x" + asked.height());
        }
    }
}
