package kinema.bench;

import java.lang.management.ManagementFactory;
import java.util.Map;
import kinema.Kinema;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.tensor.ByteRows;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Matrix;
import kinema.weights.Parameters;
import kinema.weights.WeightSource;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Steps of two of CogVideoX-2b's blocks in bf16 with their matrices in 16 bits and in 8, in turns, on one thread, in its processor time, which other
 * programs take less from than from the clock's. Prints rows of a Markdown table.
 */
public final class ByteSteps {
    private static final int DEFAULT_PAIRS = 5;
    private static final double NANO = 1e-9;

    private ByteSteps() {}

    /**
     * Measures.
     *
     * @param args how many pairs (default 5)
     */
    public static void main(String[] args) {
        int pairs = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_PAIRS;
        Kinema.setThreads(1);
        System.out.println("| a step of 2 of 2b's 30 blocks | 16 bits, s | 8 bits, s | part | least to most |");
        System.out.println("|---|---|---|---|---|");
        try (NoGradGuard guard = new NoGradGuard()) {
            measure("256x256x17", 5, 32, 32, pairs);
            measure("480x320x17", 5, 40, 60, pairs);
        }
    }

    private static void measure(String name, long frames, long height, long width, int count) {
        TransformerConfig c = TransformerConfig.COGVIDEOX_2B.with(Map.of("num_layers", 2));
        Positions.Size size = new Positions.Size(226, frames, height, width);
        try (Rng rng = new Rng(2);
                Parameters start = Parameters.init(w -> new ExpertTransformer(w, c), rng);
                Positions positions = Positions.of(c, size)) {
            Scopes.run(() -> {
                ExpertTransformer wide = new ExpertTransformer(new Weights((key, init, shape) -> shorter(start, key)), c);
                ExpertTransformer bytes = new ExpertTransformer(new Weights(new InBytes(start)), c);
                Tensor latents = rng.randn(1, frames, c.inChannels(), height, width);
                Tensor text = rng.randn(1, size.textTokens(), c.textEmbedDim());
                Tensor time = Tensors.of(new long[] {500}, 1);
                Pairs pairs = new Pairs();
                for (int i = -1; i < count; i++) {
                    double slow = seconds(() -> wide.forward(latents, text, time, positions));
                    double fast = seconds(() -> bytes.forward(latents, text, time, positions));
                    if (i >= 0) {
                        pairs.add(slow, fast);
                    }
                }
                System.out.println(pairs.row(name));
            });
        }
    }

    private static double seconds(Runnable body) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        Scopes.run(body);
        return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) * NANO;
    }

    private static Tensor shorter(Parameters start, String key) {
        return start.tensor(key).to(ScalarType.BFloat16);
    }

    /** In 16 bits, and in 8 what may be. */
    private record InBytes(Parameters start) implements WeightSource {
        @Override
        public Tensor leaf(String key, Init init, long[] shape) {
            return shorter(start, key);
        }

        @Override
        public Matrix matrix(String key, Init init, long[] shape) {
            Tensor numbers = Tensors.zeros(ScalarType.Char, shape);
            Tensor scale = Tensors.zeros(ScalarType.Float, shape[0]);
            ByteRows.quantize(start.tensor(key), numbers, scale);
            return new Matrix(numbers, scale);
        }
    }
}
