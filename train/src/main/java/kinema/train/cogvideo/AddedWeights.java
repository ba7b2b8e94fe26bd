package kinema.train.cogvideo;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.Frozen;
import kinema.train.NetworkFolder;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights of a text-to-image model, which stay as they are, and of what is added to it and trained: as one tree with the nodes
 * {@code transformer} and {@code mixins}. What is new starts as copies of the model's own attention and positions. Holds native memory until
 * closed.
 */
final class AddedWeights implements AutoCloseable {
    /** The node of the text-to-image model. */
    static final String BASE = Part.BASE.prefix();

    /** The node of what is added to it. */
    static final String ADDED = Part.KEYFRAMES.prefix();

    private static final Placement WIDE = Placement.resident(ScalarType.Float);

    private final Frozen kept;
    private final Parameters parameters;

    /**
     * New ones, or those of the part that a recipe trains on.
     *
     * @param part what is added
     * @param sizes of the text-to-image model
     * @param network both together over a tree
     * @param positions those of the text-to-image model that new ones start as
     * @throws kinema.weights.WeightsException when what is there is damaged, or of other sizes
     */
    AddedWeights(Part part, PartRecipe recipe, BaseConfig sizes, Function<Weights, ?> network, long... positions) {
        try (Checkpoint there = open(part, recipe)) {
            there.check(recipe.startsAnew() ? w -> new BaseModel(w.at(BASE), sizes) : network);
            kept = Frozen.of(there.tensors(), key -> key.startsWith(BASE + "."));
            try {
                if (recipe.startsAnew()) {
                    parameters = drawn(recipe, network);
                    BaseCopies copies = new BaseCopies(parameters, there, sizes);
                    copies.attention(recipe.copyDense());
                    copies.positions(positions);
                } else {
                    parameters = Parameters.of(
                            w -> network.apply(kept.beside(w)),
                            key -> Objects.requireNonNull(there.tensors().get(key))
                                    .read());
                }
            } catch (RuntimeException e) {
                kept.close();
                throw e;
            }
        }
    }

    private static Checkpoint open(Part part, PartRecipe recipe) {
        CogVideoFiles files = new CogVideoFiles(recipe.folder());
        if (!recipe.startsAnew()) {
            return files.openWithBase(part, WIDE);
        }
        Part base = files.resolved(part.base());
        return Checkpoint.joined(files.folder(base.key()), WIDE, Map.of(BASE, files.open(base, WIDE)));
    }

    private Parameters drawn(PartRecipe recipe, Function<Weights, ?> network) {
        try (Rng rng = new Rng(recipe.seed())) {
            return Parameters.init(w -> network.apply(kept.beside(w)), rng);
        }
    }

    /** All of them. */
    Weights tree() {
        return kept.beside(new Weights(parameters));
    }

    /** Those that are trained. */
    Parameters parameters() {
        return parameters;
    }

    /** Puts a part that is trained into a model's folder. */
    void write(NetworkFolder folder, Part part, Map<String, Object> config) {
        Scopes.run(() -> {
            String node = part.prefix() + ".";
            Map<String, Tensor> weights = new LinkedHashMap<>();
            parameters.parts(parameters.values().to(ScalarType.Half)).forEach((key, tensor) -> {
                if (key.startsWith(node)) {
                    weights.put(key.substring(node.length()), tensor);
                }
            });
            folder.network(part.key(), config, weights);
        });
    }

    @Override
    public void close() {
        kept.close();
        parameters.close();
    }
}
