package kinema.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Derivatives through a network's blocks of which only the inputs are kept: each block is computed again when its
 * derivatives are taken. A forward pass more for the memory of one block instead of all; the numbers are the same.
 *
 * <p>For one pass: {@link #enter} what the first block is given, take each block {@link #through}, then {@link #backward}.
 * Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1604.06174">Training Deep Nets with Sublinear Memory Cost, section 4.1</a>
 */
public final class Recompute implements AutoCloseable {
    private record Entry(Tensor outside, Tensor inside) {}

    private record Step(List<Tensor> inputs, UnaryOperator<List<Tensor>> block, List<Tensor> outputs) {}

    private final List<Entry> entries = new ArrayList<>();
    private final Deque<Step> steps = new ArrayDeque<>();

    /**
     * The tensor that stands for {@code x} in the blocks and in all that comes after them; it lives until this is closed.
     */
    public Tensor enter(Tensor x) {
        Tensor inside = leaf(x, x.requires_grad());
        entries.add(new Entry(Scopes.own(x), inside));
        return inside;
    }

    /**
     * Computes a block without keeping anything for its derivatives.
     *
     * @param inputs from {@link #enter} or of blocks before
     * @param block a function of {@code inputs} alone, called a second time in {@link #backward}
     * @return its results; they live until they have had their derivatives
     */
    public List<Tensor> through(List<Tensor> inputs, UnaryOperator<List<Tensor>> block) {
        List<Tensor> outputs = Scopes.run(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                return block.apply(inputs).stream().map(y -> leaf(y, true)).toList();
            }
        });
        steps.push(new Step(List.copyOf(inputs), block, outputs));
        return outputs;
    }

    /** Adds the derivatives of {@code loss} to the gradients of the parameters, from the last block to the first. */
    public void backward(Tensor loss) {
        loss.backward();
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            Scopes.run(() -> {
                List<Tensor> again = step.block().apply(step.inputs());
                backward(again, step.outputs());
            });
            step.outputs().forEach(Scopes::free);
        }
        Scopes.run(() -> backward(
                entries.stream().map(Entry::outside).toList(),
                entries.stream().map(Entry::inside).toList()));
    }

    @Override
    public void close() {
        steps.forEach(step -> step.outputs().forEach(Scopes::free));
        steps.clear();
        entries.forEach(entry -> {
            Scopes.free(entry.outside());
            Scopes.free(entry.inside());
        });
        entries.clear();
    }

    /** Sends the gradients that {@code leaves} were given on through {@code tensors}, whose values they have. */
    private static void backward(List<Tensor> tensors, List<Tensor> leaves) {
        List<Tensor> roots = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensor gradient = leaves.get(i).grad();
            if (tensors.get(i).requires_grad() && gradient.defined()) {
                roots.add(tensors.get(i));
                gradients.add(gradient);
            }
        }
        if (!roots.isEmpty()) {
            torch.backward(vector(roots), vector(gradients), new BoolOptional(), false, new TensorVector());
        }
    }

    private static TensorVector vector(List<Tensor> tensors) {
        return new TensorVector(tensors.toArray(Tensor[]::new));
    }

    private static Tensor leaf(Tensor x, boolean tracked) {
        return Scopes.own(Scopes.keep(() -> {
            Tensor leaf = x.detach();
            leaf.requires_grad_(tracked);
            return leaf;
        }));
    }
}
