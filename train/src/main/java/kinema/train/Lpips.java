package kinema.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.StoredTensor;
import kinema.weights.TensorArchive;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * LPIPS: how unlike two pictures seem to people, by the features of a network that was trained to name pictures. Backbone and weights of the
 * features are the user's own files: AlexNet or VGG16 with torchvision's names, and the published linear layers, version 0.1.
 *
 * <p>Axes: B pictures, C channels of features, H W rows and columns. The files' weights are not trained. Not for several threads at once;
 * close it.
 *
 * @see <a href="https://arxiv.org/abs/1801.03924">The unreasonable effectiveness of deep features as a perceptual metric, equation 1</a>
 */
public final class Lpips implements AutoCloseable {
    /** Rows and columns that a picture has at least: fewer vanish on the way. */
    public static final int SMALLEST = 32;

    private static final float[] SHIFT = {-0.030f, -0.088f, -0.188f};
    private static final float[] SCALE = {0.458f, 0.448f, 0.450f};
    private static final Scalar TINY = new Scalar(1e-20); // squared length that counts as none
    private static final Scalar EPS = new Scalar(1e-10);
    private static final long[] UNIT = {1, 1};
    private static final long[] NONE = {0, 0};
    private static final long[] CHANNELS = {1};

    /**
     * A convolution with ReLU.
     *
     * @param number in the backbone's names
     * @param pool side of the maximum that is taken before it; 0 for none
     * @param tapped whether its features are compared
     */
    private record Layer(int number, long kernel, long stride, long padding, long pool, boolean tapped) {
        String key(String leaf) {
            return "features." + number + "." + leaf;
        }
    }

    private static final List<Layer> ALEXNET = List.of(
            new Layer(0, 11, 4, 2, 0, true),
            new Layer(3, 5, 1, 2, 3, true),
            new Layer(6, 3, 1, 1, 3, true),
            new Layer(8, 3, 1, 1, 0, true),
            new Layer(10, 3, 1, 1, 0, true));

    private static final List<Layer> VGG16 = List.of(
            new Layer(0, 3, 1, 1, 0, false),
            new Layer(2, 3, 1, 1, 0, true),
            new Layer(5, 3, 1, 1, 2, false),
            new Layer(7, 3, 1, 1, 0, true),
            new Layer(10, 3, 1, 1, 2, false),
            new Layer(12, 3, 1, 1, 0, false),
            new Layer(14, 3, 1, 1, 0, true),
            new Layer(17, 3, 1, 1, 2, false),
            new Layer(19, 3, 1, 1, 0, false),
            new Layer(21, 3, 1, 1, 0, true),
            new Layer(24, 3, 1, 1, 2, false),
            new Layer(26, 3, 1, 1, 0, false),
            new Layer(28, 3, 1, 1, 0, true));

    private final List<Layer> layers;
    private final List<Tensor> weights = new ArrayList<>(); // (C, C', kernel, kernel)
    private final List<Tensor> biases = new ArrayList<>(); // (C)
    private final List<Tensor> linear = new ArrayList<>(); // (1, C, 1, 1), of each layer that is tapped
    private final Tensor shift; // (1, 3, 1, 1)
    private final Tensor scale; // (1, 3, 1, 1)

    private Lpips(Map<String, StoredTensor> backbone, Path file, Map<String, StoredTensor> linears, Path linearFile) {
        layers = layers(backbone, file);
        long in = 3;
        for (Layer layer : layers) {
            long out = width(backbone, file, layer.key("bias"));
            weights.add(read(backbone, file, layer.key("weight"), out, in, layer.kernel, layer.kernel));
            biases.add(read(backbone, file, layer.key("bias"), out));
            if (layer.tapped) {
                linear.add(read(linears, linearFile, "lin" + linear.size() + ".model.1.weight", 1, out, 1, 1));
            }
            in = out;
        }
        shift = Scopes.run(() -> Scopes.own(Tensors.of(SHIFT, 1, 3, 1, 1)));
        scale = Scopes.run(() -> Scopes.own(Tensors.of(SCALE, 1, 3, 1, 1)));
    }

    /**
     * Reads the files, of PyTorch's kind or safetensors.
     *
     * @param backbone AlexNet or VGG16
     * @param linear the weights of its features
     * @throws WeightsException when a file is missing or damaged, or one does not have what is needed
     */
    public static Lpips open(Path backbone, Path linear) {
        try (TensorArchive network = TensorArchive.open(backbone);
                TensorArchive weights = TensorArchive.open(linear)) {
            return new Lpips(network.tensors(), backbone, weights.tensors(), linear);
        }
    }

    private static List<Layer> layers(Map<String, StoredTensor> backbone, Path file) {
        long kernel = Optional.ofNullable(backbone.get("features.0.weight"))
                .filter(weight -> weight.shape().length == 4)
                .map(weight -> weight.shape()[2])
                .orElse(0L);
        if (kernel == ALEXNET.get(0).kernel) {
            return ALEXNET;
        }
        if (kernel == VGG16.get(0).kernel && backbone.containsKey("features.28.weight")) {
            return VGG16;
        }
        throw new WeightsException(file + ": must be torchvision's AlexNet or VGG16, with 'features.0.weight' of "
                + "(64, 3, 11, 11) or (64, 3, 3, 3), found " + found(backbone, "features.0.weight"));
    }

    private static long width(Map<String, StoredTensor> tensors, Path file, String key) {
        return Optional.ofNullable(tensors.get(key))
                .map(bias -> Shapes.count(bias.shape()))
                .orElseThrow(() -> new WeightsException(file + ": has no '" + key + "'; download it again"));
    }

    private static Tensor read(Map<String, StoredTensor> tensors, Path file, String key, long... shape) {
        StoredTensor stored = tensors.get(key);
        if (stored == null || !Arrays.equals(stored.shape(), shape)) {
            throw new WeightsException(file + ": '" + key + "' must have shape " + Shapes.text(shape) + ", found "
                    + found(tensors, key) + "; backbone and linear layers must be of one network");
        }
        return Scopes.run(() ->
                Scopes.own(Scopes.keep(() -> stored.read().to(ScalarType.Float).clone())));
    }

    private static String found(Map<String, StoredTensor> tensors, String key) {
        return Optional.ofNullable(tensors.get(key))
                .map(tensor -> Shapes.text(tensor.shape()))
                .orElse("nothing");
    }

    /**
     * The distance of each picture from its other one.
     *
     * @param given (B, 3, H, W) in [-1, 1], H and W at least {@link #SMALLEST}
     * @param made (B, 3, H, W)
     * @return (B), 0 for pictures that are equal
     */
    public Tensor of(Tensor given, Tensor made) {
        return Scopes.keep(() -> {
            List<Tensor> a = features(given);
            List<Tensor> b = features(made);
            Tensor sum = Tensors.zeros(ScalarType.Float, given.size(0)); // (B)
            for (int i = 0; i < a.size(); i++) {
                Tensor difference = unit(a.get(i)).sub(unit(b.get(i))).square(); // (B, C, h, w)
                Tensor weighted =
                        torch.conv2d(difference, linear.get(i), Tensors.none(), UNIT, NONE, UNIT, 1); // (B, 1, h, w)
                sum = sum.add(weighted.flatten(1, -1).mean(new long[] {1}, false, new ScalarTypeOptional())); // (B)
            }
            return sum;
        });
    }

    private List<Tensor> features(Tensor pictures) {
        List<Tensor> tapped = new ArrayList<>();
        Tensor x = pictures.sub(shift).div(scale); // (B, 3, H, W)
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            if (layer.pool > 0) {
                x = torch.max_pool2d(x, new long[] {layer.pool, layer.pool}, new long[] {2, 2}, NONE, UNIT, false);
            }
            long[] stride = {layer.stride, layer.stride};
            long[] padding = {layer.padding, layer.padding};
            x = torch.relu(torch.conv2d(x, weights.get(i), Tensors.some(biases.get(i)), stride, padding, UNIT, 1));
            if (layer.tapped) {
                tapped.add(x); // (B, C, h, w)
            }
        }
        return tapped;
    }

    /** Features of length 1; those of none stay so, and have no derivatives. */
    private static Tensor unit(Tensor x) {
        Tensor length = x.square()
                .sum(CHANNELS, true, new ScalarTypeOptional())
                .clamp_min(TINY)
                .sqrt(); // (B, 1, h, w)
        return x.div(length.add(EPS));
    }

    @Override
    public void close() {
        weights.forEach(Scopes::free);
        biases.forEach(Scopes::free);
        linear.forEach(Scopes::free);
        Scopes.free(shift);
        Scopes.free(scale);
    }
}
