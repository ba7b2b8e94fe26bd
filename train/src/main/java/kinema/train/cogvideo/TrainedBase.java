package kinema.train.cogvideo;

import java.util.List;
import java.util.SplittableRandom;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.TokenLoss;
import kinema.cogvideo.text.IceVocabulary;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.train.NetworkFolder;
import kinema.train.ProductPrecision;
import kinema.train.data.Shards.Row;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The text-to-image model, trained from nothing or on, on captions and pictures, and on frames of clips with their texts: all of the text
 * is seen, a picture's tokens are learned one after the other.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 3</a>
 */
final class TrainedBase implements Trained {
    private final ProductPrecision precision;
    private final RowTexts texts;
    private final RowTexts clipTexts;
    private final BaseConfig config;
    private final Parameters parameters;
    private final Backbone backbone;
    private final OnePass pass;

    TrainedBase(PartSizes sizes) {
        precision = sizes.recipe().precision();
        BackboneConfig whole = sizes.base();
        config = whole.base();
        IceVocabulary words = sizes.files().vocabulary(config.imageTokens());
        texts = RowTexts.ofPictures(sizes.recipe().textDropout(), words);
        clipTexts = RowTexts.ofClips(sizes.recipe().textDropout(), words);
        parameters = parameters(sizes);
        backbone = new Backbone(whole, new BaseModel(new Weights(parameters), config), null);
        pass = OnePass.ofPicture(whole, sizes.rows().startOfImage());
    }

    private Parameters parameters(PartSizes sizes) {
        if (sizes.recipe().startsAnew()) {
            try (Rng rng = new Rng(sizes.recipe().seed())) {
                return Parameters.init(w -> new BaseModel(w, config), rng);
            }
        }
        try (Checkpoint start = sizes.files().open(Part.BASE, Placement.resident(ScalarType.Float))) {
            return Parameters.of(w -> new BaseModel(w, config), start);
        }
    }

    @Override
    public List<Part> parts() {
        return List.of(Part.BASE);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public Tensor loss(TokenRows rows, List<Row> some, SplittableRandom random) {
        boolean clips = rows.about().rows() == TokenRecipe.Rows.CLIPS;
        Tensor frames = clips ? one(rows.frames(some), some, random) : rows.frames(some); // (n, 1, N)
        RowTexts.Batch text = (clips ? clipTexts : texts).of(rows, some, random);
        Tensor states =
                precision.compute(() -> pass.forward(backbone, text.ids(), text.present(), frames)); // (n, N, D)
        return TokenLoss.ofFrame(backbone, 0, states.to(ScalarType.Float), frames);
    }

    /** A frame of each clip, another one of each row where the random numbers are the same: (n, T, N) to (n, 1, N). */
    private static Tensor one(Tensor frames, List<Row> rows, SplittableRandom random) {
        long[] times = rows.stream()
                .mapToLong(row -> (row.number() + random.nextLong(frames.size(1))) % frames.size(1))
                .toArray();
        Tensor index = Tensors.of(times, frames.size(0), 1, 1).expand(frames.size(0), 1, frames.size(2)); // (n, 1, N)
        return frames.gather(1, index);
    }

    @Override
    public void write(NetworkFolder folder) {
        folder.network(Part.BASE.key(), config.toMap(), parameters);
    }

    @Override
    public void close() {
        pass.close();
        parameters.close();
    }
}
