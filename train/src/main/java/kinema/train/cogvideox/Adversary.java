package kinema.train.cogvideox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Learner;
import kinema.train.Objective;
import kinema.train.Slot;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The discriminator that is trained beside a VAE, from a step on: in each step the VAE is moved first, then the discriminator learns from
 * the clips that the VAE was just given and what it made of them. Close it.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class Adversary implements AutoCloseable {
    /** What the network is called in the log and in checkpoints. */
    static final String NAME = "discriminator";

    private record Pair(Tensor given, Tensor made) {}

    private final VaeRecipe.Adversarial recipe;
    private final Parameters parameters;
    private final PatchDiscriminator network;
    private final Map<Integer, Pair> pairs = new HashMap<>(); // of the step that is being taken, by slot

    /** A new one. */
    Adversary(VaeRecipe.Adversarial recipe, long seed) {
        this.recipe = recipe;
        try (Rng rng = new Rng(seed)) {
            parameters = Parameters.init(this::network, rng);
        }
        network = network(new Weights(parameters));
    }

    private PatchDiscriminator network(Weights w) {
        return new PatchDiscriminator(w, recipe.channels(), recipe.layers());
    }

    /** The discriminator as a network of the run. */
    Learner learner() {
        return new Learner(NAME, parameters, recipe.optimizer(), new Telling());
    }

    /**
     * The VAE's term of a slot; empty before the step from which the discriminator is there.
     *
     * @param given (B, 3, T, H, W)
     * @param made (B, 3, T, H, W) with derivatives
     * @return a scalar, not yet weighted
     */
    Optional<Tensor> fooling(Slot slot, Tensor given, Tensor made) {
        if (slot.step() < recipe.start()) {
            return Optional.empty();
        }
        pairs.put(
                slot.index(),
                new Pair(
                        Scopes.own(Scopes.keep(given::clone)),
                        Scopes.own(Scopes.keep(() -> made.detach().clone()))));
        return Optional.of(PatchDiscriminator.fooling(network.forward(made)));
    }

    /** Learns from the pairs of the step; before the first one there is nothing to learn. */
    private final class Telling implements Objective {
        private static final String GIVEN = "given";
        private static final String MADE = "made";

        @Override
        public List<String> columns() {
            return List.of(GIVEN, MADE);
        }

        @Override
        public Loss loss(Slot slot) {
            Pair pair = pairs.remove(slot.index());
            if (pair == null) {
                return new Loss(Tensors.zeros(ScalarType.Float, 1).squeeze(), Map.of(), loss -> {}, () -> {});
            }
            Tensor given = network.forward(pair.given); // (B, 1, T, h, w)
            Tensor made = network.forward(pair.made); // (B, 1, T, h, w)
            Map<String, Double> parts =
                    Map.of(GIVEN, given.mean().item_double(), MADE, made.mean().item_double());
            return new Loss(
                    PatchDiscriminator.telling(given, made), parts, Tensor::backward, () -> Adversary.free(pair));
        }
    }

    private static void free(Pair pair) {
        Scopes.free(pair.given);
        Scopes.free(pair.made);
    }

    @Override
    public void close() {
        pairs.values().forEach(Adversary::free);
        parameters.close();
    }
}
