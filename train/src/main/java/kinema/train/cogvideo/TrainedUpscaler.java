package kinema.train.cogvideo;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.upscale.LocalAttention;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.train.NetworkFolder;
import kinema.train.ProductPrecision;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What direct super-resolution adds to the text-to-image model, which stays as it is or is trained with it: all tokens of a large picture are learned at once,
 * from its caption and its small picture.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
final class TrainedUpscaler implements Trained {
    private final ProductPrecision precision;
    private final UpscalerConfig config;
    private final RowTexts texts;
    private final long placeholder;
    private final AddedWeights weights;
    private final Upscaler network;
    private final LocalAttention local;

    TrainedUpscaler(PartSizes sizes) {
        precision = sizes.recipe().precision();
        config = sizes.upscaler();
        texts = RowTexts.ofPictures(0, sizes.files().vocabulary(config.base().imageTokens()));
        placeholder = sizes.rows().startOfImage();
        long large = config.highGrid();
        long small = config.lowGrid();
        long[] positions = LongStream.range(0, config.high())
                .map(i -> i / large % small * small + i % large % small)
                .toArray();
        weights =
                new AddedWeights(Part.UPSCALER, sizes.recipe(), config.base(), w -> Upscaler.of(w, config), positions);
        network = Upscaler.of(weights.tree(), config);
        local = new LocalAttention(config);
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
        Tensor small = rows.frames(some).squeeze(1); // (B, n)
        Tensor states = precision.compute(
                () -> network.forward(text.ids(), text.present(), small, placeholder, local)); // (B, N, D)
        Tensor logits = network.logits(states.to(ScalarType.Float)); // (B, N, V)
        return torch.cross_entropy_loss(logits.flatten(0, 1), rows.large(some).flatten(0, 1)); // a number
    }

    @Override
    public void close() {
        local.close();
        weights.close();
    }
}
