package kinema.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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

    private static final Map<Path, Path> WRITTEN = new ConcurrentHashMap<>();

    private Golden() {}

    /** The folder of a case of CogVideoX, in the layout of a published model with what it is to make. */
    public static Path folder(String name) {
        return file("cogvideox/" + name);
    }

    /** A file or folder of the golden numbers; see {@link #written}. */
    public static Path file(String name) {
        Path file = root().resolve(name);
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("no golden '" + name + "' in the test resources");
        }
        return written(file);
    }

    /**
     * A fixture with all its files: what a {@link SeededFolder} describes is written to {@code target/} first, once per
     * JVM; any other is whole already.
     */
    public static Path written(Path fixture) {
        if (!Files.exists(fixture.resolve(SeededFolder.RULES))) {
            return fixture;
        }
        return WRITTEN.computeIfAbsent(
                fixture.toAbsolutePath(),
                from -> SeededFolder.write(from, emptied(root().toAbsolutePath().relativize(from))));
    }

    /** The golden numbers lie in core's resources, whichever module is tested. */
    private static Path root() {
        return Path.of("../core/src/test/resources/golden");
    }

    private static Path emptied(Path name) {
        Path folder = Path.of("target/golden").resolve(name);
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return folder;
    }

    /**
     * A case's model in the published layout, to be changed or damaged.
     *
     * @param target an empty folder of the test
     */
    public static Path model(String name, Path target) {
        return SeededFolder.write(folder(name).resolve("model"), target);
    }

    /**
     * The model of {@code t2v-2b} as its authors would give it out; with the published configs, because its sizes are none
     * that they have.
     *
     * @param target an empty folder of the test
     */
    public static Path authors(Path target) {
        return SeededFolder.write(folder("sat-2b"), target);
    }

    /**
     * Compares a video with the expected one. A case of the test resources keeps every 11th pixel of it, counted along rows
     * and frames, which meets all rows and columns of its sizes; others may keep it whole.
     *
     * @param video (T, H, W, 3)
     * @param expected a file with {@code video}: (T, H, W, 3), or (n, 3) and in its metadata the shape and the step
     */
    public static Difference videoDifference(Tensor video, Safetensors expected) {
        String shape = expected.metadata().getOrDefault("video", "");
        return Scopes.run(() -> {
            Tensor wanted = expected.tensor("video");
            if (shape.isEmpty()) {
                assertThat(video.shape()).containsExactly(wanted.shape());
                return difference(video, wanted);
            }
            assertThat(video.shape())
                    .containsExactly(Stream.of(shape.split(","))
                            .mapToLong(Long::parseLong)
                            .toArray());
            return difference(pixels(video, expected), wanted);
        });
    }

    /** Those pixels of a video that a file keeps: (n, 3). */
    public static Tensor pixels(Tensor video, Safetensors expected) {
        long every = Long.parseLong(expected.metadata().get("every"));
        return Scopes.keep(() -> {
            Tensor all = video.reshape(-1, 3);
            return all.index_select(0, torch.arange(new Scalar(0), new Scalar(all.size(0)), new Scalar(every)));
        });
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
