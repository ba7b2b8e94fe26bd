package kinema.train.cogvideo;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.upscale.LargePicture;
import kinema.cogvideo.upscale.LocalAttention;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.data.Shards.Row;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What direct super-resolution adds to the text-to-image model, which stays as it is: all tokens of a large picture are learned at once,
 * from its caption and its small picture.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
final class TrainedUpscaler implements Trained {
    private final UpscalerConfig config;
    private final long placeholder;
    private final Checkpoint baseWeights;
    private final Parameters parameters;
    private final Upscaler network;
    private final LocalAttention local;

    TrainedUpscaler(PartRecipe recipe, TokenRows.About rows, CogVideoFiles files) {
        config = config(recipe, rows, files);
        BaseConfig base = config.base();
        placeholder = rows.startOfImage();
        baseWeights = files.open(Part.BASE, Placement.resident(ScalarType.Float));
        try (Rng rng = new Rng(recipe.seed())) {
            parameters = Parameters.init(w -> new LargePicture(w, config), rng);
        }
        BaseCopies copies = new BaseCopies(parameters, baseWeights, base);
        copies.attention(recipe.copyDense());
        long large = config.highGrid();
        long small = config.lowGrid();
        copies.positions(LongStream.range(0, config.high())
                .map(i -> i / large % small * small + i % large % small)
                .toArray());
        network = new Upscaler(
                config,
                baseWeights.load(w -> new BaseModel(w, base)),
                new LargePicture(new Weights(parameters), config));
        local = new LocalAttention(config);
    }

    /** The sizes of super-resolution beside the model that a recipe names. */
    static UpscalerConfig config(PartRecipe recipe, TokenRows.About rows, CogVideoFiles files) {
        long high = rows.frameTokens() * rows.times() * rows.times();
        return new UpscalerConfig(
                PartTrainer.baseOf(files, rows),
                rows.textTokens() + 1,
                rows.frameTokens(),
                high,
                recipe.kernel(),
                recipe.kernel());
    }

    @Override
    public Part part() {
        return Part.UPSCALER;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public Map<String, Object> config() {
        return config.toMap();
    }

    /** Rows go through the network one by one, for it takes texts without padding. */
    @Override
    public Tensor loss(TokenRows rows, List<Row> some, SplittableRandom random) {
        Tensor[] losses = some.stream().map(row -> loss(rows, row)).toArray(Tensor[]::new);
        return Scopes.keep(() -> torch.stack(new TensorVector(losses), 0).mean());
    }

    private Tensor loss(TokenRows rows, Row row) {
        return Scopes.keep(() -> {
            long[] ids = Tensors.longs(rows.text(List.of(row)));
            float[] present = Tensors.floats(rows.present(List.of(row)));
            int first = 0;
            while (first < ids.length - 1 && present[first] == 0) {
                first++;
            }
            Tensor text = Tensors.of(Arrays.copyOfRange(ids, first, ids.length), 1, ids.length - first); // (1, L)
            Tensor small = rows.frames(List.of(row)).squeeze(1); // (1, n)
            Tensor states = network.forward(text, small, placeholder, local); // (1, N, D)
            return torch.cross_entropy_loss(
                    network.logits(states).squeeze(0), rows.large(List.of(row)).squeeze(0)); // a number
        });
    }

    @Override
    public void close() {
        local.close();
        parameters.close();
        baseWeights.close();
    }
}
