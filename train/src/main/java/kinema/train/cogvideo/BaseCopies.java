package kinema.train.cogvideo;

import java.util.List;
import java.util.Objects;
import kinema.cogvideo.network.BaseConfig;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Starts what is added to a text-to-image model as copies of its parts, so that it first does what that model does.
 *
 * @param parameters with the node of what is added, and the model's where that is trained too
 * @param base the model's weights, below their node
 * @param config the model's sizes
 */
record BaseCopies(Parameters parameters, Checkpoint base, BaseConfig config) {
    /** The model itself, where it is trained too. */
    void model() {
        base.tensors().keySet().forEach(key -> copy(key, key));
    }

    /** Attention of each layer; {@code dense} says whether the map after it too. */
    void attention(boolean dense) {
        List<String> maps = dense ? List.of("query_key_value", "dense") : List.of("query_key_value");
        for (long layer = 0; layer < config.layers(); layer++) {
            for (String map : maps) {
                for (String what : List.of("weight", "bias")) {
                    copy(
                            AddedWeights.BASE + ".layers." + layer + ".attention." + map + "." + what,
                            AddedWeights.ADDED + ".attention_plus." + map + "." + layer + "." + what);
                }
            }
        }
    }

    /** Positions: those of a picture, of which row {@code from[i]} becomes row i. */
    void positions(long... from) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                Tensor rows = stored(AddedWeights.BASE + ".position_embeddings.weight")
                        .narrow(0, BaseConfig.IMAGE_POSITION, config.positions() - BaseConfig.IMAGE_POSITION);
                parameters
                        .tensor(AddedWeights.ADDED + ".extra_position_embedding.position_embeddings.weight")
                        .copy_(rows.index_select(0, Tensors.of(from, from.length)));
            });
        }
    }

    private void copy(String from, String to) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                parameters.tensor(to).copy_(stored(from));
            });
        }
    }

    private Tensor stored(String key) {
        return Objects.requireNonNull(base.tensors().get(key)).read();
    }
}
