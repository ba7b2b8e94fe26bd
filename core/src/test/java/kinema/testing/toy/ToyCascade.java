package kinema.testing.toy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.memory.Tile;
import kinema.system.CommonSettings;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Stage;
import kinema.system.VideoCodec;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.system.VideoSystem;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;

/**
 * A cascade in miniature: a coarse stage makes all frames at half the size, a fine one makes them anew at the full size, four
 * at a time. Each has its own network, size, sampler, steps and guidance. Pixels throughout, so there is no autoencoder.
 */
public final class ToyCascade implements VideoSystem {
    static final Stage TEXT = new Stage("text", Stage.Kind.TEXT);
    static final Stage COARSE = new Stage("coarse", Stage.Kind.SAMPLE);
    static final Stage FINE = new Stage("fine", Stage.Kind.SAMPLE);
    static final Stage WRITE = new Stage("write", Stage.Kind.DECODE);

    static final Setting<Integer> COARSE_STEPS = CommonSettings.STEPS.of(COARSE).withStandard(3);
    static final Setting<Double> COARSE_GUIDANCE =
            CommonSettings.GUIDANCE.of(COARSE).withStandard(2.0);
    static final Setting<Integer> FINE_STEPS = CommonSettings.STEPS.of(FINE).withStandard(2);
    static final Setting<Double> FINE_GUIDANCE =
            CommonSettings.GUIDANCE.of(FINE).withStandard(1.5);

    /** Frames that a window has more than the one it shares with the window before. */
    static final int STRIDE = 3;

    private static final Schema SETTINGS =
            new Schema(List.of(CommonSettings.NEGATIVE, COARSE_STEPS, COARSE_GUIDANCE, FINE_STEPS, FINE_GUIDANCE));

    /** What the toy can do. */
    enum Rules implements PipelineRules {
        ALL;

        @Override
        public VideoSize size() {
            return new VideoSize(8, 6, 7, 4);
        }

        @Override
        public Schema settings() {
            return SETTINGS;
        }

        @Override
        public List<Stage> stages(Sampling sampling) {
            return List.of(TEXT, COARSE, FINE, WRITE);
        }

        @Override
        public void check(Sampling s) {
            if (s.size().width() % 2 != 0 || s.size().height() % 2 != 0) {
                throw new IllegalArgumentException("width and height must be even, found "
                        + s.size().width() + "x" + s.size().height());
            }
            if (s.size().frames() % STRIDE != 1) {
                throw new IllegalArgumentException(
                        "frames must be 3k+1, found " + s.size().frames());
            }
            s.tile().filter(tile -> !tile.equals(Tile.WHOLE)).ifPresent(tile -> {
                throw new IllegalArgumentException("this model codes no pictures, so there is nothing to tile");
            });
            if (s.condition().isPresent()) {
                throw new IllegalArgumentException("this model takes no pictures");
            }
        }
    }

    /** Writes a checkpoint. */
    public static Path write(Path folder) {
        ToyFiles files = files(folder);
        Map<String, long[]> shapes =
                Map.of("mix.weight", new long[] {3, ToyNetwork.CHANNELS}, "mix.bias", new long[] {3});
        files.write(COARSE.name(), 1, shapes);
        files.write(FINE.name(), 2, shapes);
        return folder;
    }

    static ToyFiles files(Path folder) {
        return new ToyFiles(folder, List.of(COARSE.name(), FINE.name()));
    }

    @Override
    public String name() {
        return "toycascade";
    }

    @Override
    public List<String> pipelines() {
        return List.of();
    }

    @Override
    public List<String> layouts() {
        return List.of("coarse/ and fine/ side by side, as a toy cascade has them");
    }

    @Override
    public boolean owns(Path folder) {
        return files(folder).isWhole();
    }

    @Override
    public PipelineRules rules(Path folder) {
        return Rules.ALL;
    }

    @Override
    public PipelineDescription describe(Path folder) {
        return new PipelineDescription("a toy of two stages", Map.of());
    }

    @Override
    public CheckpointParts parts(Path folder) {
        return files(folder);
    }

    @Override
    public VideoPipeline open(Path folder, OpenOptions options) {
        return new ToyCascadePipeline(files(folder).withoutLoras(options), options);
    }

    @Override
    public Optional<VideoCodec> openVae(Path folder, OpenOptions options) {
        return Optional.empty();
    }

    @Override
    public void convert(Path folder, Path target, ConversionListener listener) {
        throw new IllegalArgumentException(folder + " has the only layout there is; there is nothing to convert");
    }
}
