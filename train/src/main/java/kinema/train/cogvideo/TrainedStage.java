package kinema.train.cogvideo;

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
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, sections 3.1 and 3.2</a>
 */
final class TrainedStage implements Trained {
    private final Stage stage;
    private final ProductPrecision precision;
    private final RowTexts texts;
    private final BackboneConfig config;
    private final AddedWeights weights;
    private final Backbone backbone;
    private final OnePass pass;

    TrainedStage(Stage stage, PartSizes sizes) {
        this.stage = stage;
        precision = sizes.recipe().precision();
        config = sizes.stage(stage);
        IceVocabulary words = sizes.files().vocabulary(config.base().imageTokens());
        texts = RowTexts.ofClips(stage == Stage.KEYFRAMES ? sizes.recipe().textDropout() : 0, words);
        long[] positions = LongStream.range(0, config.extraPositions())
                .map(i -> i % config.frameTokens())
                .toArray();
        weights = new AddedWeights(
                PartSizes.of(stage), sizes.recipe(), config.base(), w -> StageNetwork.of(w, config), positions);
        backbone = StageNetwork.of(weights.tree(), config).whole();
        pass = new OnePass(
                config, stage, sizes.rows().startOfImage(), sizes.recipe().pbRelax());
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
        RowTexts.Batch text = texts.of(rows, some, random);
        Tensor frames = rows.frames(some); // (n, 5, N)
        Tensor states =
                precision.compute(() -> pass.forward(backbone, text.ids(), text.present(), frames)); // (n, 5·N, D)
        return TokenLoss.of(backbone, stage, states.to(ScalarType.Float), frames);
    }

    @Override
    public void close() {
        pass.close();
        weights.close();
    }
}
