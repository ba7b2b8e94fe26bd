package kinema.train.cogvideo;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.network.TokenLoss;
import kinema.cogvideo.text.IceVocabulary;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.train.data.Shards.Row;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a stage adds to the text-to-image model, which stays as it is: the temporal channel, its gates and positions. The first
 * stage learns the second to fifth of five frames, the second stage the two between three.
 *
 * <p>The authors' PB-relax, which keeps scores of attention in float16's range, is left out: sums are float32 here, in which it
 * changes no number.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, sections 3.1 and 3.2</a>
 */
final class TrainedStage implements Trained {
    private static final String ANYTHING = "视频"; // video, which guidance leads away from

    private final Stage stage;
    private final double textDropout;
    private final BackboneConfig config;
    private final Checkpoint baseWeights;
    private final Parameters parameters;
    private final Backbone backbone;
    private final OnePass pass;
    private final long newline;
    private final long[] anything;

    TrainedStage(Stage stage, PartRecipe recipe, TokenRows.About rows, CogVideoFiles files) {
        this.stage = stage;
        textDropout = stage == Stage.KEYFRAMES ? recipe.textDropout() : 0;
        config = config(recipe, rows, files);
        BaseConfig base = config.base();
        IceVocabulary words = files.vocabulary(base.imageTokens());
        newline = words.newline();
        anything = words.encode(ANYTHING);
        baseWeights = files.open(Part.BASE, Placement.resident(ScalarType.Float));
        try (Rng rng = new Rng(recipe.seed())) {
            parameters = Parameters.init(w -> new TemporalChannel(w, config), rng);
        }
        BaseCopies copies = new BaseCopies(parameters, baseWeights, base);
        copies.attention(recipe.copyDense());
        copies.positions(LongStream.range(0, config.extraPositions())
                .map(i -> i % rows.frameTokens())
                .toArray());
        backbone = new Backbone(
                config,
                baseWeights.load(w -> new BaseModel(w, base)),
                new TemporalChannel(new Weights(parameters), config));
        pass = new OnePass(config, stage, rows.startOfImage());
    }

    /** The sizes of the stage beside the model that a recipe names. */
    static BackboneConfig config(PartRecipe recipe, TokenRows.About rows, CogVideoFiles files) {
        return new BackboneConfig(
                PartTrainer.baseOf(files, rows),
                (BackboneConfig.FRAMES - 1) * rows.frameTokens(),
                rows.textTokens(),
                rows.frameTokens(),
                recipe.window());
    }

    @Override
    public Part part() {
        return stage == Stage.KEYFRAMES ? Part.KEYFRAMES : Part.INTERPOLATION;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public Map<String, Object> config() {
        return config.toMap();
    }

    @Override
    public Tensor loss(TokenRows rows, List<Row> some, SplittableRandom random) {
        long[] ids = Tensors.longs(rows.text(some));
        long[] present = Tensors.longs(rows.present(some).to(ScalarType.Long));
        int length = ids.length / some.size();
        for (int row = 0; row < some.size(); row++) {
            if (random.nextDouble() < textDropout) {
                forget(ids, present, row * length, length);
            }
        }
        Tensor frames = rows.frames(some); // (n, 5, N)
        Tensor text = Tensors.of(ids, some.size(), length);
        Tensor states = pass.forward(backbone, text, Tensors.of(present, some.size(), length), frames); // (n, 5·N, D)
        return TokenLoss.of(backbone, stage, states, frames);
    }

    /** Puts any video's caption behind the seconds of a row's text, in place. */
    private void forget(long[] ids, long[] present, int at, int length) {
        int end = at + length;
        int first = at;
        while (present[first] == 0) {
            first++;
        }
        int line = first;
        while (line < end - 1 && ids[line] != newline) {
            line++;
        }
        long[] seconds = Arrays.copyOfRange(ids, first, line + 1);
        long[] text = LongStream.concat(LongStream.of(seconds), LongStream.of(anything))
                .limit(length)
                .toArray();
        Arrays.fill(ids, at, end, 0);
        Arrays.fill(present, at, end, 0);
        System.arraycopy(text, 0, ids, end - text.length, text.length);
        Arrays.fill(present, end - text.length, end, 1);
    }

    @Override
    public void close() {
        pass.close();
        parameters.close();
        baseWeights.close();
    }
}
