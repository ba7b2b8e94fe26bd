package kinema.train.cogvideo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.Frozen;
import kinema.train.NetworkFolder;
import kinema.train.cogvideo.PartRecipe.Layers;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights of a text-to-image model and of what is added to it, as one tree with the nodes {@code transformer} and {@code mixins}. What is
 * added is trained, and the model stays as it is or is trained too. What is new starts as copies of the model's own attention and positions.
 * Holds native memory until closed.
 */
final class AddedWeights implements AutoCloseable {
    /** The node of the text-to-image model. */
    static final String BASE = Part.BASE.prefix();

    /** The node of what is added to it. */
    static final String ADDED = Part.KEYFRAMES.prefix();

    private static final Placement WIDE = Placement.resident(ScalarType.Float);

    private final Part part;
    private final PartRecipe recipe;
    private final BaseConfig sizes;
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
        this.part = part;
        this.recipe = recipe;
        this.sizes = sizes;
        try (Checkpoint there = open()) {
            there.check(recipe.startsAnew() ? w -> new BaseModel(w.at(BASE), sizes) : network);
            kept = Frozen.of(there.tensors(), moves(recipe).negate());
            try {
                if (recipe.startsAnew()) {
                    parameters = drawn(network);
                    BaseCopies copies = new BaseCopies(parameters, there, sizes);
                    if (recipe.layers() == Layers.ALL) {
                        copies.model();
                    }
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

    private Checkpoint open() {
        CogVideoFiles files = new CogVideoFiles(recipe.folder());
        if (!recipe.startsAnew()) {
            return files.openWithBase(part, WIDE);
        }
        Part base = files.resolved(part.base());
        return Checkpoint.joined(files.folder(base.key()), WIDE, Map.of(BASE, files.open(base, WIDE)));
    }

    private Parameters drawn(Function<Weights, ?> network) {
        try (Rng rng = new Rng(recipe.seed())) {
            return Parameters.init(w -> network.apply(kept.beside(w)), rng);
        }
    }

    /** Which of the weights a run trains, by their keys. */
    static Predicate<String> moves(PartRecipe recipe) {
        return key -> recipe.layers() == Layers.ALL || key.startsWith(ADDED + ".");
    }

    /** All of them. */
    Weights tree() {
        return kept.beside(new Weights(parameters));
    }

    /** Those that are trained. */
    Parameters parameters() {
        return parameters;
    }

    /** The parts of which they are trained. */
    List<Part> parts() {
        return recipe.layers() == Layers.ALL ? List.of(part.base(), part) : List.of(part);
    }

    /**
     * Puts what is trained into a model's folder.
     *
     * @param config sizes of what is added
     */
    void write(NetworkFolder folder, Map<String, Object> config) {
        Scopes.run(() -> {
            Map<String, Tensor> all = parameters.parts(parameters.values().to(ScalarType.Half));
            parts().forEach(one ->
                    folder.network(one.key(), one == part ? config : sizes.toMap(), below(one.prefix() + ".", all)));
        });
    }

    private static Map<String, Tensor> below(String node, Map<String, Tensor> all) {
        Map<String, Tensor> some = new LinkedHashMap<>();
        all.forEach((key, tensor) -> {
            if (key.startsWith(node)) {
                some.put(key.substring(node.length()), tensor);
            }
        });
        return some;
    }

    @Override
    public void close() {
        kept.close();
        parameters.close();
    }
}
