package kinema.weights;

import java.util.List;
import java.util.function.Function;

/**
 * Which linear maps of a network are given a trainable change of low rank, and how large it is.
 *
 * <p>The parameters of the changes are a {@link Parameters} of their own, made from {@link #tree}; the network then is made
 * over its frozen weights with {@link #adapters}.
 *
 * @param rank of every change
 * @param alpha the change is scaled by alpha / rank
 * @param targets last names of the layers that are changed, such as {@code to_q} or {@code to_out.0}
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA, section 4.1</a>
 */
public record LoraShape(long rank, double alpha, List<String> targets) {
    /** Checks the ranges. */
    public LoraShape {
        if (rank < 1) {
            throw new IllegalArgumentException("a LoRA's rank must be at least 1, found " + rank);
        }
        if (!(alpha > 0)) {
            throw new IllegalArgumentException("a LoRA's alpha must be above 0, found " + alpha);
        }
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("a LoRA needs at least one target, such as to_q");
        }
    }

    /**
     * What {@link Parameters} are made from: asks for A and B of every target of {@code network}, under the layer's name.
     * A starts as PyTorch starts a linear map, B at zero, so that the network starts as it is.
     */
    public Function<Weights, Object> tree(Function<Weights, ?> network) {
        return changes -> {
            ShapeTree.of(w -> network.apply(w.with(adapters(changes))));
            return changes;
        };
    }

    /** The changes of the targets, made of the leaves of {@code changes}. */
    public Adapters adapters(Weights changes) {
        return (layer, in, out) -> isTarget(layer) ? change(changes.at(layer), in, out) : null;
    }

    private boolean isTarget(String layer) {
        return targets.stream().anyMatch(target -> layer.equals(target) || layer.endsWith("." + target));
    }

    private LowRank change(Weights layer, long in, long out) {
        return new LowRank(
                layer.tensor("lora_A.weight", Init.fanIn(in), rank, in),
                layer.tensor("lora_B.weight", Init.ZEROS, out, rank),
                alpha / rank);
    }
}
