package kinema.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/** Learns what parameters a network has without allocating them: leaves are tensors of libtorch's meta device. */
public final class ShapeTree {
    private ShapeTree() {}

    /** The leaves that {@code network} asks for when it is made from a tree, in order. */
    public static List<LeafSpec> of(Function<Weights, ?> network) {
        List<LeafSpec> leaves = new ArrayList<>();
        Scopes.run(() -> {
            var unused = network.apply(new Weights((key, init, shape) -> {
                leaves.add(new LeafSpec(key, init, shape));
                return meta(shape);
            }));
        });
        return List.copyOf(leaves);
    }

    static Tensor meta(long[] shape) {
        TensorOptions options = new TensorOptions(new Device(DeviceType.Meta));
        return torch.empty(shape, options, null);
    }
}
