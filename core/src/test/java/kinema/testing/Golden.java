package kinema.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** The golden cases in the test resources, and how far a result is from them. */
public final class Golden {
    /** Largest and mean absolute difference, and the largest value expected. */
    public record Difference(double max, double mean, double scale) {
        /** The largest difference, relative where the values are larger than 1. */
        public double worst() {
            return max / Math.max(1, scale);
        }

        @Override
        public String toString() {
            return String.format("max %.2e, mean %.2e of values up to %.2f", max, mean, scale);
        }
    }

    private Golden() {}

    /** The folder of a case. */
    public static Path folder(String name) {
        return file("cogvideox/" + name);
    }

    /** A file or folder of the golden numbers. */
    public static Path file(String name) {
        URL url = Golden.class.getResource("/golden/" + name);
        if (url == null) {
            throw new IllegalArgumentException("no golden '" + name + "' in the test resources");
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A case's model in the published layout. The cases share one tokenizer, so the layout is put together here.
     *
     * @param target an empty folder of the test
     */
    public static Path model(String name, Path target) {
        copy(folder(name).resolve("model"), target);
        copy(folder("tokenizer"), target.resolve("tokenizer"));
        return target;
    }

    /**
     * The model of {@code t2v-2b} as its authors would give it out; with the published configs, because its sizes are none
     * that they have.
     *
     * @param target an empty folder of the test
     */
    public static Path authors(Path target) {
        copy(folder("sat-2b"), target);
        copy(folder("tokenizer"), target.resolve("t5-v1_1-xxl"));
        Path model = folder("t2v-2b").resolve("model");
        copy(model.resolve("transformer/config.json"), target.resolve("transformer/config.json"));
        copy(model.resolve("vae/config.json"), target.resolve("vae/config.json"));
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            copy(
                    model.resolve("text_encoder").resolve(file),
                    target.resolve("t5-v1_1-xxl").resolve(file));
        }
        return target;
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compares two tensors of one shape, element by element. */
    public static Difference difference(Tensor actual, Tensor expected) {
        float[] a = Tensors.floats(actual);
        float[] b = Tensors.floats(expected);
        if (a.length != b.length) {
            throw new AssertionError("expected " + b.length + " values, found " + a.length);
        }
        double max = 0;
        double sum = 0;
        double scale = 0;
        for (int i = 0; i < a.length; i++) {
            double d = Math.abs((double) a[i] - b[i]);
            max = Double.isNaN(d) ? Double.NaN : Math.max(max, d);
            sum += d;
            scale = Math.max(scale, Math.abs(b[i]));
        }
        return new Difference(max, sum / a.length, scale);
    }
}
