package kinema.train.cogvideo;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.upscale.LocalAttention;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.NetworkFolder;
import kinema.train.ProductPrecision;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
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
    private final long placeholder;
    private final AddedWeights weights;
    private final Upscaler network;
    private final LocalAttention local;

    TrainedUpscaler(PartSizes sizes) {
        precision = sizes.recipe().precision();
        config = sizes.upscaler();
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
            Tensor states = precision.compute(() -> network.forward(text, small, placeholder, local)); // (1, N, D)
            return torch.cross_entropy_loss(
                    network.logits(states.to(ScalarType.Float)).squeeze(0),
                    rows.large(List.of(row)).squeeze(0)); // a number
        });
    }

    @Override
    public void close() {
        local.close();
        weights.close();
    }
}
