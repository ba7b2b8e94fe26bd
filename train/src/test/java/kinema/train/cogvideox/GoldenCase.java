package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.DoubleBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.NoiseSchedule;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.SeededFolder;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One case of the golden numbers of training, and how far a result may be from them. */
final class GoldenCase implements AutoCloseable {
    /** A folder with every expected number may be named; the project's own copy has weights from seeds and fewer numbers. */
    private static final String FOLDER = System.getProperty("kinema.golden.cogvideox-train", "");

    private static final Path OWN = Path.of("src/test/resources/golden/cogvideox-train");
    private static final Path WRITTEN = Path.of("target/golden/cogvideox-train");

    /** What a gradient's difference is measured against at least, as some are zero but for rounding. */
    private static final double LEAST_SHARE = 1e-3;

    private final Path folder;
    private final JsonNode request;
    private final Safetensors data;
    private final Safetensors expected;

    private GoldenCase(Path folder) {
        this.folder = folder;
        try {
            request = new ObjectMapper().readTree(Files.readString(folder.resolve("request.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        data = Safetensors.open(folder.resolve("data.safetensors"));
        expected = Safetensors.open(folder.resolve("expected.safetensors"));
    }

    static GoldenCase open(String name) {
        return new GoldenCase(folder(name));
    }

    static Path folder(String name) {
        return FOLDER.isEmpty()
                ? SeededFolder.write(OWN.resolve(name), made(WRITTEN.resolve(name)))
                : Path.of(FOLDER, name);
    }

    private static Path made(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode request() {
        return request;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    Tensor data(String key) {
        return data.tensor(key);
    }

    /** Whole numbers, in one row. */
    int[] integers(String key) {
        if (data.entries().containsKey(key)) {
            return Arrays.stream(Tensors.longs(data(key)))
                    .mapToInt(Math::toIntExact)
                    .toArray();
        }
        return numbers(request.path("integers").path(key)).toArray();
    }

    private static IntStream numbers(JsonNode node) {
        return node.isArray() ? node.valueStream().flatMapToInt(GoldenCase::numbers) : IntStream.of(node.intValue());
    }

    Tensor expected(String key) {
        return expected.tensor(key);
    }

    TransformerConfig transformer() {
        return TransformerConfig.read(folder.resolve("model/transformer/config.json"));
    }

    VaeConfig vae() {
        return VaeConfig.read(folder.resolve("model/vae/config.json"));
    }

    NoiseSchedule schedule() {
        return new NoiseSchedule(
                SchedulerFile.read(ConfigFile.read(folder.resolve("model/scheduler/scheduler_config.json")))
                        .schedule());
    }

    Checkpoint checkpoint(String part) {
        return Checkpoint.open(folder.resolve("model").resolve(part), ScalarType.Float);
    }

    Parameters parameters() {
        TransformerConfig config = transformer();
        try (Checkpoint checkpoint = checkpoint("transformer")) {
            return Parameters.of(w -> new ExpertTransformer(w, config), checkpoint);
        }
    }

    /** Positions of latents (B, F, Z, h, w) with texts (B, L, C). */
    Positions positions(Tensor latents, Tensor text, Positions.Grid grid) {
        Positions.Size size = new Positions.Size(text.size(1), latents.size(1), latents.size(3), latents.size(4));
        return Positions.of(transformer(), size, grid);
    }

    /** Holds a tensor against the expected one of this key, or its print: the largest difference over the largest value. */
    void check(String key, Tensor actual, String tolerance) {
        if (expected.entries().containsKey(key)) {
            check(key, difference(actual, expected(key)) / largest(expected(key)), tolerance);
        } else {
            double[] wanted = doubles(expected(key + "_print"));
            check(key, difference(printed(actual), wanted[0], wanted[1]) / wanted[1], tolerance);
        }
    }

    void check(String key, double actual, String tolerance) {
        assertThat(actual).as(folder.getFileName() + " " + key).isLessThanOrEqualTo(tolerance(tolerance));
    }

    void checkNumber(String key, double actual, String tolerance) {
        double wanted = expected(key).to(ScalarType.Double).item_double();
        check(key, Math.abs(actual - wanted) / Math.abs(wanted), tolerance);
    }

    /** Holds the gradient of every parameter for which one is expected under {@code prefix}, or all their prints. */
    void checkGradients(String prefix, Parameters parameters) {
        Map<String, Tensor> gradients = parameters.parts(parameters.gradient());
        if (has(prefix + "grad_prints")) {
            checkPrints(prefix + "grad_prints", gradients, "gradient");
        } else {
            checkEach(prefix + "grad/", gradients, LEAST_SHARE, "gradient");
        }
    }

    /** Holds every parameter after the last step. */
    void checkFinal(Parameters parameters) {
        Map<String, Tensor> values = parameters.parts(parameters.values());
        if (has("final_prints")) {
            checkPrints("final_prints", values, "parameter");
        } else {
            checkEach("final/", values, 0, "parameter");
        }
    }

    /** Holds every tensor of a LoRA after the last step. */
    void checkLora(Parameters changes, String prefix) {
        Map<String, Tensor> values = changes.parts(changes.values());
        if (has("final_prints")) {
            checkPrints("final_prints", values, "parameter");
            return;
        }
        try (Safetensors wanted = Safetensors.open(file("pytorch_lora_weights.safetensors"))) {
            assertThat(wanted.entries()).hasSize(values.size());
            values.forEach((key, value) -> {
                Tensor end = wanted.tensor(prefix + key);
                check(key, difference(value, end) / largest(end), "parameter");
            });
        }
    }

    /** The latents of the case's pictures: given, or an expected result. */
    Tensor imageLatents() {
        return data.entries().containsKey("image_latents") ? data("image_latents") : expected("image_latents");
    }

    void checkImage(Tensor latents) {
        check("image_latents", difference(latents, imageLatents()) / largest(imageLatents()), "output");
    }

    boolean has(String key) {
        return expected.entries().containsKey(key);
    }

    private void checkEach(String prefix, Map<String, Tensor> found, double leastShare, String tolerance) {
        List<String> keys = expected.entries().keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .toList();
        double largest =
                keys.stream().mapToDouble(key -> largest(expected(key))).max().orElseThrow();
        for (String key : keys) {
            Tensor actual = found.get(key.substring(prefix.length()));
            assertThat(actual).as(key).isNotNull();
            double scale = Math.max(leastShare * largest, largest(expected(key)));
            check(key, difference(actual, expected(key)) / scale, tolerance);
        }
    }

    /** Holds the prints of all tensors, in the order of their names. */
    private void checkPrints(String key, Map<String, Tensor> found, String tolerance) {
        double[] wanted = doubles(expected(key)); // a print each: sum, norm
        assertThat(wanted).hasSize(2 * found.size());
        double largest = Arrays.stream(wanted).max().orElseThrow();
        int at = 0;
        for (Map.Entry<String, Tensor> tensor : new TreeMap<>(found).entrySet()) {
            double scale = Math.max(LEAST_SHARE * largest, wanted[at + 1]);
            double off = difference(printed(tensor.getValue()), wanted[at], wanted[at + 1]);
            check(key + " " + tensor.getKey(), off / scale, tolerance);
            at += 2;
        }
    }

    /** Two numbers that stand for a tensor: its values times cos(0), cos(1), … summed, and its norm. */
    private static double[] printed(Tensor tensor) {
        double sum = 0;
        double square = 0;
        int at = 0;
        for (float x : Tensors.floats(tensor)) {
            sum += x * Math.cos(at++);
            square += (double) x * x;
        }
        return new double[] {sum, Math.sqrt(square)};
    }

    private static double difference(double[] print, double sum, double norm) {
        return Math.max(Math.abs(print[0] - sum), Math.abs(print[1] - norm));
    }

    private static double[] doubles(Tensor tensor) {
        double[] out = new double[Math.toIntExact(tensor.numel())];
        Scopes.run(() -> {
            DoubleBuffer buffer = tensor.contiguous().createBuffer();
            buffer.get(out);
        });
        return out;
    }

    @Override
    public void close() {
        data.close();
        expected.close();
    }

    private double tolerance(String name) {
        return request.path("tolerance").path(name).asDouble();
    }

    private static double difference(Tensor actual, Tensor expected) {
        float[] a = Tensors.floats(actual);
        float[] b = Tensors.floats(expected);
        assertThat(a).hasSameSizeAs(b);
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double d = Math.abs((double) a[i] - b[i]);
            largest = Double.isNaN(d) ? Double.NaN : Math.max(largest, d);
        }
        return largest;
    }

    private static double largest(Tensor t) {
        double largest = 0;
        for (float x : Tensors.floats(t)) {
            largest = Math.max(largest, Math.abs(x));
        }
        return largest;
    }
}
