package kinema.nn;

import java.util.Arrays;
import java.util.Optional;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The kernels that libtorch has for processors and graphics cards but not for its meta device, whose tensors have shape,
 * dtype and layout and no contents. Networks call them here, so that they can be run without contents to see what memory
 * they take: there the result is laid out as a processor's would be, and nothing is computed.
 *
 * <p>What a kernel takes only while it runs is not seen from outside. Where it is much, in convolutions, a tensor
 * stands for it while memory is measured. Attention takes next to nothing.
 *
 * <p>Axes: B batch, S tokens that ask, T tokens that are asked, H heads, K head size.
 */
public final class Kernels {
    private static final long FEW_SCORES = 512 * 512; // of a head

    private Kernels() {}

    /** What becomes of the scores of an attention: its mask, whether only tokens before are asked, and the factor. */
    private record Scores(TensorOptional mask, boolean back, DoubleOptional scale) {
        /** With a mask of numbers in float32. */
        Scores wide() {
            boolean added = mask.has_value() && mask.get().scalar_type().intern() != ScalarType.Bool;
            return added ? new Scores(Tensors.some(OneDnn.wide(mask.get())), back, scale) : this;
        }

        /** These scores, (B, H, S, T), without those that are left out. */
        Tensor masked(Tensor scores) {
            Tensor s = scores;
            Scalar nothing = new Scalar(Double.NEGATIVE_INFINITY);
            if (mask.has_value()) {
                boolean told = mask.get().scalar_type().intern() == ScalarType.Bool;
                s = told
                        ? s.masked_fill(mask.get().logical_not(), nothing)
                        : s.add(mask.get().to(s.scalar_type()));
            }
            if (back) {
                Tensor ahead = torch.ones_like(s).triu(1).to(ScalarType.Bool);
                s = s.masked_fill(ahead, nothing);
            }
            return s;
        }
    }

    /**
     * Attention whose scores are divided by √K.
     *
     * @param q (B, H, S, K)
     * @param k (B, H, T, K)
     * @param v (B, H, T, K)
     * @return (B, H, S, K), which lies in memory as q does
     */
    public static Tensor attention(Tensor q, Tensor k, Tensor v) {
        return attention(q, k, v, Tensors.none(), new DoubleOptional());
    }

    /**
     * Attention.
     *
     * @param q (B, H, S, K)
     * @param k (B, H, T, K)
     * @param v (B, H, T, K)
     * @param mask added to the scores, or false where there are none: of a shape that stretches to (B, H, S, T)
     * @param scale what scores are multiplied by; empty for 1/√K
     * @return (B, H, S, K), which lies in memory as q does
     */
    public static Tensor attention(Tensor q, Tensor k, Tensor v, TensorOptional mask, DoubleOptional scale) {
        return attention(q, k, v, new Scores(mask, false, scale));
    }

    /** As {@link #attention(Tensor, Tensor, Tensor)} where a token asks those before it and itself alone. */
    static Tensor attentionBack(Tensor q, Tensor k, Tensor v) {
        return attention(q, k, v, new Scores(Tensors.none(), true, new DoubleOptional()));
    }

    private static Tensor attention(Tensor q, Tensor k, Tensor v, Scores scores) {
        if (Autocast.isOn()) {
            return trainedAttention(q, k, v, scores);
        }
        return OneDnn.attendsInFloat(q) ? wideAttention(q, k, v, scores) : plainAttention(q, k, v, scores);
    }

    /** In float32, rounded in the end. */
    private static Tensor wideAttention(Tensor q, Tensor k, Tensor v, Scores scores) {
        return Scopes.keep(() -> plainAttention(OneDnn.wide(q), OneDnn.wide(k), OneDnn.wide(v), scores.wide())
                .to(q.scalar_type()));
    }

    /**
     * While a network is trained in short numbers. Of few tokens plain products are faster than the fused form, whose small blocks
     * each pay for their rounding; of many their scores would take too much memory, and the fused form is computed in float32. Scores
     * are short as the products leave them, and libtorch's softmax sums them in float32.
     */
    private static Tensor trainedAttention(Tensor q, Tensor k, Tensor v, Scores scores) {
        if (q.size(2) * k.size(2) > FEW_SCORES) {
            return Autocast.without(() -> wideAttention(q, k, v, scores));
        }
        double factor = scores.scale().has_value() ? scores.scale().get() : 1 / Math.sqrt(q.size(3));
        return Scopes.keep(() -> {
            Tensor query = Autocast.shorten(q.mul(new Scalar(factor)));
            Tensor key = Autocast.shorten(k).transpose(-2, -1);
            Tensor value = Autocast.shorten(v);
            return Autocast.without(
                            () -> scores.masked(query.matmul(key)).softmax(-1).matmul(value))
                    .to(q.scalar_type()); // (B, H, S, K)
        });
    }

    private static Tensor plainAttention(Tensor q, Tensor k, Tensor v, Scores scores) {
        TensorOptional mask = scores.mask();
        if (!q.is_meta()) {
            return torch.scaled_dot_product_attention(q, k, v, mask, 0.0, scores.back(), scores.scale(), false);
        }
        return mask.has_value()
                ? remembering(torch.empty_like(q), q, k, v, mask.get())
                : remembering(torch.empty_like(q), q, k, v);
    }

    /** The rows of a table (n, C) that ids (…) stand for: (…, C). */
    public static Tensor embedding(Tensor table, Tensor ids) {
        if (!table.is_meta()) {
            return torch.embedding(table, ids);
        }
        long[] ahead = ids.shape();
        long[] shape = Arrays.copyOf(ahead, ahead.length + 1);
        shape[ahead.length] = table.size(1);
        return remembering(torch.empty(shape, table.options(), new MemoryFormatOptional()), table);
    }

    /** The entries of an axis of {@code x} that {@code index}, (n) int64, names: n in that axis. */
    public static Tensor select(Tensor x, int axis, Tensor index) {
        if (!x.is_meta()) {
            return torch.index_select(x, axis, index);
        }
        long[] shape = x.shape();
        shape[axis] = index.numel();
        return following(torch.empty(shape, x.options(), new MemoryFormatOptional(x.suggest_memory_format())), x);
    }

    /** Zeros of another dtype where {@code x} is. */
    public static Tensor zeros(Tensor x, ScalarType dtype, long... shape) {
        return Scopes.keep(
                () -> torch.empty(shape, x.options().dtype(new ScalarTypeOptional(dtype)), new MemoryFormatOptional())
                        .zero_());
    }

    /** Layer normalisation of the last axis, (…, width). */
    static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
        return x.is_meta()
                ? remembering(torch.empty(x.shape(), x.options(), new MemoryFormatOptional()), x, weight)
                : torch.layer_norm(x, weight.shape(), Tensors.some(weight), Tensors.some(bias), eps, true);
    }

    /** Group normalisation of axis 1, (B, channels, …). */
    static Tensor groupNorm(Tensor x, long groups, Tensor weight, Tensor bias, double eps) {
        return x.is_meta()
                ? remembering(
                        torch.empty(x.shape(), x.options(), new MemoryFormatOptional(x.suggest_memory_format())),
                        x,
                        weight)
                : torch.group_norm(x, groups, Tensors.some(weight), Tensors.some(bias), eps, true);
    }

    /** A convolution of pictures or videos by oneDNN; a channels-last {@code x} gives a channels-last result. */
    static Tensor byOneDnn(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        return Scopes.keep(() -> {
            // oneDNN copies the weights into an order of its own, those of several points by way of channels last.
            take(weight.nbytes() * (weight.numel() == weight.size(0) * weight.size(1) ? 1 : 2));
            if (x.is_meta()) {
                return convolved(x, weight, stride, padding, x.suggest_memory_format());
            }
            long[] dilation = new long[stride.length];
            Arrays.fill(dilation, 1);
            TensorOptional shortened = bias.has_value() ? Tensors.some(Autocast.shorten(bias.get())) : bias;
            return torch.mkldnn_convolution(
                    Autocast.shorten(x), Autocast.shorten(weight), shortened, padding, stride, dilation, 1);
        });
    }

    /**
     * A convolution of pictures in whichever way libtorch chooses.
     *
     * @param x (B, in, H, W)
     * @param weight (out, in, kernel, kernel)
     * @return (B, out, H', W')
     */
    public static Tensor conv2d(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        boolean byOneDnn = OneDnn.serves(x); // asked for by all: it tries oneDNN, which libtorch may use
        return Scopes.keep(() -> {
            if (byOneDnn) {
                takeBlocked(x, weight, stride, padding);
            } else {
                takeColumns(x, weight, stride, padding);
            }
            return x.is_meta()
                    ? convolved(x, weight, stride, padding, x.suggest_memory_format())
                    : torch.conv2d(x, weight, bias, stride, padding, new long[] {1, 1}, 1);
        });
    }

    /** A convolution of videos in whichever way libtorch chooses without oneDNN. */
    static Tensor conv3d(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        return Scopes.keep(() -> {
            takeColumns(x, weight, stride, padding);
            return x.is_meta()
                    ? convolved(x, weight, stride, padding, MemoryFormat.Contiguous)
                    : torch.conv3d(x, weight, bias, stride, padding, new long[] {1, 1, 1}, 1);
        });
    }

    /** The same without padding by libtorch's product of the weights and of what each point of the result sees. */
    static Tensor slowConv3d(Tensor x, Tensor weight, TensorOptional bias, long[] stride) {
        long[] kernel = {weight.size(2), weight.size(3), weight.size(4)};
        long[] none = {0, 0, 0};
        return Scopes.keep(() -> {
            takeColumns(x, weight, stride, none);
            return x.is_meta()
                    ? convolved(x, weight, stride, none, MemoryFormat.Contiguous)
                    : torch.slow_conv3d(x, weight, kernel, bias, stride, none);
        });
    }

    /** The result of the meta device, with a graph of derivatives that keeps what the kernel's would keep. */
    private static Tensor remembering(Tensor result, Tensor... kept) {
        Optional<Tensor> moved =
                Arrays.stream(kept).filter(Tensor::requires_grad).findFirst();
        if (GradMode.is_enabled() && moved.isPresent()) {
            Scopes.run(() -> {
                for (Tensor tensor : kept) {
                    result.add_(one(moved.get()).mul(one(tensor))); // whose derivative needs the tensor
                }
            });
        }
        return result;
    }

    /** The same where the kernel's graph keeps nothing. */
    private static Tensor following(Tensor result, Tensor x) {
        if (GradMode.is_enabled() && x.requires_grad()) {
            Scopes.run(() -> {
                result.add_(one(x));
            });
        }
        return result;
    }

    /** The first number, a view. */
    private static Tensor one(Tensor x) {
        Tensor view = x;
        while (view.dim() > 0) {
            view = view.select(0, 0);
        }
        return view;
    }

    /** What is convolved in an order of oneDNN's own, then the result in that order; nothing where single points are seen. */
    private static void takeBlocked(Tensor x, Tensor weight, long[] stride, long[] padding) {
        if (weight.size(2) * weight.size(3) > 1) {
            long result = Shapes.count(convolvedShape(x, weight, stride, padding)) * x.element_size();
            take(Math.max(x.nbytes(), result) + weight.nbytes());
        }
    }

    /** A column for each point of the result, of all numbers that it is made from. */
    private static void takeColumns(Tensor x, Tensor weight, long[] stride, long[] padding) {
        long[] columns = convolvedShape(x, weight, stride, padding);
        columns[1] = weight.numel() / weight.size(0);
        take(Shapes.count(columns) * x.element_size());
    }

    /** What a convolution of (B, in, …) makes on the meta device: (B, out, …). */
    private static Tensor convolved(Tensor x, Tensor weight, long[] stride, long[] padding, MemoryFormat layout) {
        Tensor result =
                torch.empty(convolvedShape(x, weight, stride, padding), x.options(), new MemoryFormatOptional(layout));
        return remembering(result, x, weight);
    }

    /** The shape of a convolution's result. */
    private static long[] convolvedShape(Tensor x, Tensor weight, long[] stride, long[] padding) {
        long[] shape = x.shape();
        shape[1] = weight.size(0);
        for (int i = 0; i < stride.length; i++) {
            shape[i + 2] = (shape[i + 2] + 2 * padding[i] - weight.size(i + 2)) / stride[i] + 1;
        }
        return shape;
    }

    /** Stands, as long as the current scope, for memory that a kernel takes while it runs; only where that is measured. */
    private static void take(long bytes) {
        if (Scopes.isWatched()) {
            var unused = Tensors.meta(ScalarType.Byte, bytes);
        }
    }
}
