package kinema.nn;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Convolutions by oneDNN, asked for by name: PyTorch's own choice passes over it for kernels of one point and, in three
 * dimensions, does not keep the channels-last layout, which costs two copies a convolution.
 *
 * <p>oneDNN makes its code for the processor it finds, and is not right on every one. So it is used only where
 * {@link OneDnnRule} knows nothing against it, and once {@link OneDnnTrial} found it right in a dtype. Where it is not, the
 * log says so, libtorch is told not to use it either, for the whole process, and its own code convolves.
 * {@code -Dkinema.onednn=off} does the same.
 */
public final class OneDnn {
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);
    private static final OneDnnRule RULE = OneDnnRule.ofMachine();
    private static final boolean BUILT_IN = torch.hasMKLDNN();
    private static final boolean USED = BUILT_IN && undoubted();
    private static final Map<ScalarType, Boolean> TRIED = new ConcurrentHashMap<>();
    private static final long[] POINT = {1, 1};
    private static final long[] NONE = {0, 0};

    private OneDnn() {}

    /** The way of a matrix product with many rows. */
    enum Product {
        /** libtorch's own: MKL in float32, oneDNN in short dtypes. */
        AS_IT_IS,
        /** {@link #multiply}. */
        AS_CONVOLUTION,
        /** In float32: this processor has no instructions for the dtype. */
        IN_FLOAT
    }

    /** The fastest right way for products of {@code x} on this processor. */
    static Product product(Tensor x) {
        boolean served = serves(x);
        if (x.scalar_type().intern() == ScalarType.Float) {
            return served && RULE.multiplies() ? Product.AS_CONVOLUTION : Product.AS_IT_IS;
        }
        return BUILT_IN && !served && isShort(x) && onProcessor(x) ? Product.IN_FLOAT : Product.AS_IT_IS;
    }

    /** Whether attention of {@code q} is faster in float32 on this processor. */
    static boolean attendsInFloat(Tensor q) {
        return BUILT_IN
                && isShort(q)
                && onProcessor(q)
                && !(serves(q) && RULE.attends(q.scalar_type().intern()));
    }

    /**
     * The matrix product as a convolution of one column of pixels with kernels of one pixel; float32 only.
     *
     * @param x (…, in)
     * @param weight (out, in)
     * @param bias (out)
     * @return (…, out)
     */
    static Tensor multiply(Tensor x, Tensor weight, TensorOptional bias) {
        return Scopes.keep(() -> {
            long in = weight.size(1);
            long out = weight.size(0);
            Tensor pixels = x.contiguous().view(1, -1, 1, in).permute(0, 3, 1, 2); // (1, in, rows, 1)
            Tensor y = Kernels.byOneDnn(pixels, weight.reshape(out, in, 1, 1), bias, POINT, NONE); // (1, out, rows, 1)
            long[] shape = x.shape();
            shape[shape.length - 1] = out;
            return y.permute(0, 2, 3, 1).view(shape); // (…, out)
        });
    }

    /**
     * Convolves, by oneDNN where it can and is right; then, and on any processor, the result is channels-last.
     *
     * @param x (B, in, T, H, W); fastest where it is channels-last
     * @param weight (out, in, kernel of T, H and W)
     * @param bias (out)
     * @param stride of T, H and W
     * @param padding zeros on both sides of T, H and W
     * @return (B, out, T', H', W')
     */
    public static Tensor conv3d(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        if (!onProcessor(x) || !BUILT_IN) {
            return Kernels.conv3d(x, weight, bias, stride, padding);
        }
        if (serves(x)) {
            return named(x, weight, bias, stride, padding);
        }
        if (!isShort(x)) {
            return PlainConv3d.USUAL.forward(x, weight, bias, stride, padding);
        }
        // libtorch's own code takes short numbers one by one: 60 times as long as float32.
        return Scopes.keep(() -> {
            TensorOptional b = bias.has_value() ? Tensors.some(wide(bias.get())) : bias;
            return conv3d(wide(x), wide(weight), b, stride, padding).to(x.scalar_type());
        });
    }

    /** In float32. */
    static Tensor wide(Tensor x) {
        return x.to(ScalarType.Float);
    }

    /** By oneDNN, whatever is known of it. Of frames that are not channels-last it is slower, and was seen to be wrong. */
    static Tensor named(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        return Scopes.keep(
                () -> Kernels.byOneDnn(x.contiguous(MemoryFormat.ChannelsLast3d), weight, bias, stride, padding));
    }

    /** Whether a tensor is in the processor's memory, or would be if it had contents. */
    private static boolean onProcessor(Tensor x) {
        return x.is_cpu() || x.is_meta();
    }

    private static boolean isShort(Tensor x) {
        ScalarType dtype = x.scalar_type().intern();
        return dtype == ScalarType.BFloat16 || dtype == ScalarType.Half;
    }

    /** Whether oneDNN convolves in the dtype of {@code x} here, and was found right. */
    static boolean serves(Tensor x) {
        return onProcessor(x) && isUsed(x.scalar_type().intern());
    }

    /** Whether this process computes with it in this dtype; the first call tries it on a few layers. */
    public static boolean isUsed(ScalarType dtype) {
        return USED && RULE.convolves(dtype) && TRIED.computeIfAbsent(dtype, OneDnn::tried);
    }

    /** The instructions that make oneDNN's products in bf16 faster than those in fp32 here; empty where there are none, or it was found wrong. */
    public static Optional<String> shortProducts() {
        return RULE.processor().shortProducts().filter(name -> isUsed(ScalarType.BFloat16));
    }

    /**
     * Whether it sums products of 8-bit integers here, by instructions for them, and was found right; the first call tries it. What it sums, libtorch
     * sums one by one elsewhere.
     */
    static boolean sumsBytes() {
        return RULE.sumsBytes()
                && isUsed(ScalarType.Float)
                && torch.globalContext().userEnabledMkldnn() // another dtype may have been found wrong
                && TRIED.computeIfAbsent(ScalarType.Char, dtype -> triedBytes());
    }

    /** Where its sums are wrong they are left alone, and all else is as it was. */
    private static boolean triedBytes() {
        Optional<String> failure = Scopes.unwatched(OneDnnTrial::ofBytes);
        failure.ifPresent(why -> LOG.warn("integers of 8 bits are not multiplied by oneDNN, since {}", why));
        return failure.isEmpty();
    }

    /** The instructions by which it does; empty where there are none, or it was found wrong. */
    public static Optional<String> byteProducts() {
        return RULE.processor().byteProducts().filter(name -> sumsBytes());
    }

    private static boolean undoubted() {
        Optional<String> doubt = RULE.doubt();
        doubt.ifPresent(OneDnn::leave);
        return doubt.isEmpty();
    }

    private static boolean tried(ScalarType dtype) {
        Optional<String> failure = Scopes.unwatched(() -> OneDnnTrial.failure(dtype, RULE.multiplies()));
        failure.ifPresent(OneDnn::leave);
        return failure.isEmpty();
    }

    private static void leave(String why) {
        LOG.warn("oneDNN is not used, since {}; convolutions may take longer", why);
        torch.globalContext().setUserEnabledMkldnn(false);
    }
}
