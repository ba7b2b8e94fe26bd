package kinema.train.cogvideo;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.TokenLoss;
import kinema.tensor.Rng;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * The text-to-image model, trained from nothing on captions and pictures: all of the text is seen, a picture's tokens are
 * learned one after the other.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 3</a>
 */
final class TrainedBase implements Trained {
    private static final int SMALLEST_WINDOW = 2; // the text-to-image model has none, but a backbone's sizes name one

    private final BaseConfig config;
    private final Parameters parameters;
    private final Backbone backbone;
    private final OnePass pass;

    TrainedBase(PartRecipe recipe, TokenRows.About rows) {
        BackboneConfig whole = config(recipe, rows);
        config = whole.base();
        try (Rng rng = new Rng(recipe.seed())) {
            parameters = Parameters.init(w -> new BaseModel(w, config), rng);
        }
        backbone = new Backbone(whole, new BaseModel(new Weights(parameters), config), null);
        pass = OnePass.ofPicture(whole, rows.startOfImage());
    }

    /** The sizes that a recipe gives the model. */
    static BackboneConfig config(PartRecipe recipe, TokenRows.About rows) {
        PartRecipe.Network n = recipe.network();
        BaseConfig base = new BaseConfig(
                n.layers(),
                n.width(),
                n.heads(),
                n.inner(),
                rows.vocabulary(),
                rows.imageTokens(),
                BaseConfig.IMAGE_POSITION + 1 + rows.frameTokens());
        return new BackboneConfig(
                base,
                (BackboneConfig.FRAMES - 1) * rows.frameTokens(),
                rows.textTokens(),
                rows.frameTokens(),
                SMALLEST_WINDOW);
    }

    @Override
    public Part part() {
        return Part.BASE;
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
        Tensor frames = rows.frames(some); // (n, 1, N)
        Tensor states = pass.forward(backbone, rows.text(some), rows.present(some), frames); // (n, N, D)
        return TokenLoss.ofFrame(backbone, 0, states, frames);
    }

    @Override
    public void close() {
        pass.close();
        parameters.close();
    }
}
