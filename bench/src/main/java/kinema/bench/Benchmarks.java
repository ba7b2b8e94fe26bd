package kinema.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideox.draft.DraftConfig;
import kinema.cogvideox.draft.DraftDecoder;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Device;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Times the networks and, between any two runs, the machine's own matrix product, so that each figure has a ratio that
 * holds on a machine whose speed drifts. Prints a Markdown table.
 */
public final class Benchmarks {
    private static final long PRODUCT = 2048;
    private static final int DEFAULT_RUNS = 5;
    private static final List<String> PROMPTS =
            List.of("a red rocket rises in the night sky", "a blue ball bounces in a green field");

    private final int runs;
    private final Tensor left;
    private final Tensor right;

    private Benchmarks(int runs, Rng rng) {
        this.runs = runs;
        left = rng.randn(PRODUCT, PRODUCT);
        right = rng.randn(PRODUCT, PRODUCT);
    }

    /**
     * Runs all benchmarks.
     *
     * @param args the bundled model's folder, then how many runs of each (default 5), then {@code drafts} for the draft decoders alone
     */
    public static void main(String[] args) {
        Path model = Path.of(args[0]);
        int runs = args.length > 1 ? Integer.parseInt(args[1]) : DEFAULT_RUNS;
        try (Rng rng = new Rng(1);
                NoGradGuard guard = new NoGradGuard()) {
            Benchmarks bench = new Benchmarks(runs, rng);
            System.out.printf("%d threads, median of %d runs%n%n", torch.get_num_threads(), runs);
            if (args.length < 3) {
                bench.networks(model);
            }
            bench.drafts(model);
        }
    }

    private void networks(Path model) {
        System.out.println("| what | seconds | min to max | GFLOPS | of the matrix product |");
        System.out.println("|---|---|---|---|---|");
        TransformerConfig tiny = TransformerConfig.read(model.resolve("transformer/config.json"));
        transformer(
                "bundled transformer, one guided step",
                tiny,
                new Positions.Size(tiny.maxTextLength(), 5, tiny.sampleHeight(), tiny.sampleWidth()));
        transformer(
                "2 of 2b's 30 blocks, a guided step of 256x256x17",
                twoBlocks(),
                new Positions.Size(226, 5, 32, 32));
        VaeConfig vae = VaeConfig.read(model.resolve("vae/config.json"));
        decode("bundled VAE, decode of 64x64x17", vae, 5, 8, 8);
        decode("published VAE, decode of 64x64x9", VaeConfig.COGVIDEOX_2B, 3, 8, 8);
        generation(model);
    }

    /** CogVideoX-2b with the first two blocks only: what a block costs, in the memory of any machine. */
    private static TransformerConfig twoBlocks() {
        return TransformerConfig.COGVIDEOX_2B.with(Map.of("num_layers", 2));
    }

    private void transformer(String name, TransformerConfig c, Positions.Size size) {
        try (Rng rng = new Rng(2);
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, c), rng);
                Positions positions = Positions.of(c, size)) {
            ExpertTransformer network = new ExpertTransformer(new Weights(parameters), c);
            long tokens = size.frames() * size.height() * size.width() / (c.patchSize() * c.patchSize());
            double flop = Flops.transformer(c, 2, size.textTokens(), tokens);
            measure(
                    name,
                    flop,
                    () -> network.forward(
                            rng.randn(2, size.frames(), c.inChannels(), size.height(), size.width()),
                            rng.randn(2, size.textTokens(), c.textEmbedDim()),
                            Tensors.of(new long[] {500, 500}, 2),
                            positions));
        }
    }

    private void decode(String name, VaeConfig c, long frames, long height, long width) {
        try (Rng rng = new Rng(3);
                Parameters parameters = Parameters.init(w -> new Vae(w, c), rng)) {
            Vae vae = new Vae(new Weights(parameters), c);
            measure(
                    name,
                    Flops.decode(c, frames, height, width),
                    () -> vae.decode(rng.randn(1, c.latentChannels(), frames, height, width)));
        }
    }

    /** Draft decoders against the VAEs whose latents they decode, in turns, each as a generation decodes: chunk by chunk. */
    private void drafts(Path model) {
        System.out.printf("%n| decode | VAE, seconds | draft decoder, seconds | part, median | min to max |%n");
        System.out.println("|---|---|---|---|---|");
        VaeConfig vae = VaeConfig.read(model.resolve("vae/config.json"));
        DraftConfig draft = DraftFile.in(model)
                .map(file -> {
                    try (DraftFile opened = DraftFile.open(file, vae.latentChannels(), Device.CPU)) {
                        return opened.config();
                    }
                })
                .orElse(DraftConfig.PUBLISHED);
        draft("bundled model, 64x64x17", vae, draft, new long[] {1, 16, 5, 8, 8});
        draft(
                "published shapes, 256x256x17",
                VaeConfig.COGVIDEOX_2B,
                DraftConfig.PUBLISHED,
                new long[] {1, 16, 5, 32, 32});
    }

    private void draft(String name, VaeConfig v, DraftConfig d, long[] latents) {
        try (Rng rng = new Rng(4);
                Parameters full = Parameters.init(w -> new Vae(w, v), rng);
                Parameters quick = Parameters.init(w -> new DraftDecoder(w, d), rng)) {
            Vae vae = new Vae(new Weights(full), v);
            DraftDecoder draft = new DraftDecoder(new Weights(quick), d);
            Runnable whole = () -> vae.decode(rng.randn(latents), chunk -> {});
            Runnable fast = () -> draft.decode(rng.randn(latents), chunk -> {});
            Pairs pairs = new Pairs();
            for (int i = 0; i <= runs; i++) {
                double slow = time(whole);
                double taken = time(fast);
                if (i > 0) { // after a warm-up of both
                    pairs.add(slow, taken);
                }
            }
            System.out.println(pairs.row(name));
        }
    }

    private void generation(Path folder) {
        try (VideoModel model = Kinema.open(folder)) {
            AtomicInteger made = new AtomicInteger();
            measure("bundled model, whole generation when loaded", Double.NaN, () -> {
                // A prompt of its own each time: the last one's text states would be used again.
                String prompt = PROMPTS.get(made.getAndIncrement() % PROMPTS.size());
                GenerationRequest request = GenerationRequest.of(prompt).seed(1).build();
                try (Generation generation = model.generate(request, GenerationListener.NONE)) {
                    return generation.video();
                }
            });
        }
    }

    /** Times {@code body} and the matrix product in turn, after a warm-up of both. */
    private void measure(String name, double flop, Supplier<?> body) {
        List<Double> seconds = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        product();
        time(body);
        for (int i = 0; i < runs; i++) {
            double reference = Flops.matmul(PRODUCT) / product();
            double taken = time(body);
            seconds.add(taken);
            ratios.add(flop / taken / reference);
        }
        double[] sorted =
                seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double median = sorted[sorted.length / 2];
        double[] ratio =
                ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        String speed = Double.isNaN(flop) ? "" : String.format(Locale.ROOT, "%.0f", flop / median / 1e9);
        String share = Double.isNaN(flop) ? "" : String.format(Locale.ROOT, "%.2f", ratio[ratio.length / 2]);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.3f | %.3f to %.3f | %s | %s |%n",
                name,
                median,
                sorted[0],
                sorted[sorted.length - 1],
                speed,
                share);
    }

    private double product() {
        return time(() -> left.matmul(right));
    }

    /** Of one thread its processor time, which other programs do not lengthen. */
    private static double time(Runnable body) {
        ThreadMXBean thread = ManagementFactory.getThreadMXBean();
        LongSupplier clock = torch.get_num_threads() == 1 ? thread::getCurrentThreadCpuTime : System::nanoTime;
        long start = clock.getAsLong();
        Scopes.run(body);
        return (clock.getAsLong() - start) / 1e9;
    }

    private static double time(Supplier<?> body) {
        long start = System.nanoTime();
        Scopes.run(() -> {
            var unused = body.get();
        });
        return (System.nanoTime() - start) / 1e9;
    }
}
