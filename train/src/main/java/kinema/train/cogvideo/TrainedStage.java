package kinema.train.cogvideo;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.network.TokenLoss;
import kinema.cogvideo.text.IceVocabulary;
import kinema.tensor.Tensors;
import kinema.train.NetworkFolder;
import kinema.train.ProductPrecision;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a stage adds to the text-to-image model, the temporal channel, its gates and positions; the model stays as it is, as the paper has it,
 * or is trained with them. The first stage learns the second to fifth of five frames, the second stage the two between three.
 *
 * <p>The authors' PB-relax, which keeps scores of attention in float16's range, is left out: sums are float32 here, in which it
 * changes no number.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, sections 3.1 and 3.2</a>
 */
final class TrainedStage implements Trained {
    private static final String ANYTHING = "视频"; // video, which guidance leads away from

    private final Stage stage;
    private final ProductPrecision precision;
    private final double textDropout;
    private final BackboneConfig config;
    private final AddedWeights weights;
    private final Backbone backbone;
    private final OnePass pass;
    private final long newline;
    private final long[] anything;

    TrainedStage(Stage stage, PartSizes sizes) {
        this.stage = stage;
        precision = sizes.recipe().precision();
        textDropout = stage == Stage.KEYFRAMES ? sizes.recipe().textDropout() : 0;
        config = sizes.stage(stage);
        IceVocabulary words = sizes.files().vocabulary(config.base().imageTokens());
        newline = words.newline();
        anything = words.encode(ANYTHING);
        long[] positions = LongStream.range(0, config.extraPositions())
                .map(i -> i % config.frameTokens())
                .toArray();
        weights = new AddedWeights(
                PartSizes.of(stage), sizes.recipe(), config.base(), w -> StageNetwork.of(w, config), positions);
        backbone = StageNetwork.of(weights.tree(), config).whole();
        pass = new OnePass(config, stage, sizes.rows().startOfImage());
    }

    @Override
    public List<Part> parts() {
        return weights.parts();
    }

    @Override
    public Parameters parameters() {
        return weights.parameters();
    }

    @Override
    public void write(NetworkFolder folder) {
        weights.write(folder, config.toMap());
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
        Tensor mask = Tensors.of(present, some.size(), length);
        Tensor states = precision.compute(() -> pass.forward(backbone, text, mask, frames)); // (n, 5·N, D)
        return TokenLoss.of(backbone, stage, states.to(ScalarType.Float), frames);
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
        weights.close();
    }
}
