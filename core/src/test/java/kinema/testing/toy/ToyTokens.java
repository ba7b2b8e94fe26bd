package kinema.testing.toy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Stage;
import kinema.system.ValueType;
import kinema.system.VideoCodec;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.system.VideoSystem;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;

/**
 * A language model of video in miniature: every frame is four tokens, each drawn from what attention to all earlier ones
 * predicts. It has no scheduler, steps or guidance, and a cache of keys and values that is in no state.
 */
public final class ToyTokens implements VideoSystem {
    static final Stage TEXT = new Stage("text", Stage.Kind.TEXT);
    static final Stage TOKENS = new Stage("tokens", Stage.Kind.SAMPLE);
    static final Stage DECODE = new Stage("decode", Stage.Kind.DECODE);

    static final Setting<Double> TEMPERATURE = Setting.of(
                    "temperature", "how evenly tokens are drawn", ValueType.number(0.01, 10, "between 0.01 and 10"))
            .withStandard(1.0);

    /** Whether frames are shown dark for light: of the tokens' colours alone. */
    static final Setting<Boolean> INVERT = Setting.of("invert", "whether colours are inverted", ValueType.flag())
            .withStandard(false)
            .forDecoding();

    /** Tokens of a frame, two rows of two. */
    static final int FRAME = 4;

    static final long VOCABULARY = 16;
    static final long WIDTH = ToyFiles.LETTERS;

    private static final Schema SETTINGS = new Schema(List.of(TEMPERATURE, INVERT));

    /** What the toy can do. */
    enum Rules implements PipelineRules {
        ALL;

        @Override
        public VideoSize size() {
            return new VideoSize(2, 2, 3, 4);
        }

        @Override
        public Schema settings() {
            return SETTINGS;
        }

        @Override
        public List<Stage> stages(Sampling sampling) {
            return List.of(TEXT, TOKENS, DECODE);
        }

        @Override
        public void check(Sampling s) {
            if (s.size().width() != 2 || s.size().height() != 2) {
                throw new IllegalArgumentException("this model makes videos of 2x2 only, found "
                        + s.size().width() + "x" + s.size().height());
            }
        }
    }

    /** Writes a checkpoint. */
    public static Path write(Path folder) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("words.weight", new long[] {VOCABULARY, WIDTH});
        for (String layer : List.of("query", "key", "value")) {
            shapes.put(layer + ".weight", new long[] {WIDTH, WIDTH});
            shapes.put(layer + ".bias", new long[] {WIDTH});
        }
        files(folder).write(TOKENS.name(), 3, shapes);
        return folder;
    }

    static ToyFiles files(Path folder) {
        return new ToyFiles(folder, List.of(TOKENS.name()));
    }

    @Override
    public String name() {
        return "toytokens";
    }

    @Override
    public List<String> pipelines() {
        return List.of();
    }

    @Override
    public List<String> layouts() {
        return List.of("tokens/, as a toy of tokens has it");
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
        return new PipelineDescription("a toy of tokens", Map.of());
    }

    @Override
    public CheckpointParts parts(Path folder) {
        return files(folder);
    }

    @Override
    public VideoPipeline open(Path folder, OpenOptions options) {
        return new ToyTokensPipeline(files(folder).withoutLoras(options), options);
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
