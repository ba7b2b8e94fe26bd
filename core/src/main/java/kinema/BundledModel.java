package kinema;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kinema.files.Partial;
import kinema.tensor.Dependency;
import kinema.weights.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * A model on the class path. Its files are mapped when it is used, so they are unpacked to a folder first.
 *
 * @param list the resource that lists its files as {@code sha256sum} does, their paths beside itself; the first folder is
 *     the model's
 */
record BundledModel(URL list) {
    private static final String LIST = "kinema/bundled/SHA256SUMS";
    private static final int DIGEST = 64; // hex digits

    /** The one that comes with Kinema. */
    static BundledModel onClassPath() {
        return in(BundledModel.class.getClassLoader());
    }

    static BundledModel in(ClassLoader loader) {
        URL list = loader.getResource(LIST);
        if (list == null) {
            throw new IllegalStateException(
                    "the model that comes with Kinema is kinema-model-tiny, which is not on the class" + " path; "
                            + Dependency.toAdd("kinema-model-tiny"));
        }
        return new BundledModel(list);
    }

    /** Where models are unpacked to. */
    static Path cache() {
        return cache(System.getProperty("kinema.cache"), System.getenv(), System.getProperty("user.home"));
    }

    static Path cache(@Nullable String set, Map<String, String> environment, String home) {
        if (set != null) {
            return Path.of(set);
        }
        String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
        return (caches.isEmpty() ? Path.of(home, ".cache") : Path.of(caches)).resolve("kinema");
    }

    /**
     * Writes what is not in the cache yet, or not as it should be; several processes may do so at the same time.
     *
     * @return the model's folder
     */
    Path unpack(Path cache) {
        try {
            List<String> lines = lines();
            String digest = new Sha256().add(String.join("\n", lines)).hex();
            Path folder = cache.resolve("models").resolve(digest.substring(0, 16));
            for (String line : lines) {
                String path = line.substring(DIGEST + 2);
                unpack(path, line.substring(0, DIGEST), folder.resolve(path));
            }
            return folder.resolve(Path.of(lines.get(0).substring(DIGEST + 2)).getName(0));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the model that comes with Kinema cannot be unpacked to " + cache + ": " + e
                            + "; name another folder by the system property kinema.cache",
                    e);
        }
    }

    private List<String> lines() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(list.openStream(), StandardCharsets.UTF_8))) {
            return in.lines().toList();
        }
    }

    private void unpack(String path, String digest, Path file) throws IOException {
        if (Files.isRegularFile(file) && digest(file).equals(digest)) {
            return;
        }
        Path folder = Objects.requireNonNull(file.getParent(), "it lies in the cache");
        Files.createDirectories(folder);
        Path partial = Partial.in(folder, file);
        try (InputStream in = new URL(list, path).openStream()) {
            Files.copy(in, partial);
            if (!digest(partial).equals(digest)) {
                throw new IOException(path + " in the jar is damaged: its SHA-256 is not " + digest);
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static String digest(Path file) throws IOException {
        return new Sha256().add(Files.readAllBytes(file)).hex();
    }
}
