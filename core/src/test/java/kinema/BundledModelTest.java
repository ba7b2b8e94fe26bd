package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import kinema.weights.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model in a jar, and the folder it becomes. */
class BundledModelTest {
    @TempDir
    Path temp;

    private URLClassLoader jar(String name, String index, String weights, String listedWeights) throws IOException {
        Path jar = temp.resolve(name);
        String list = sum(index) + "  toy/model_index.json\n" + sum(listedWeights) + "  toy/vae/weights\n";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            put(entries, "kinema/bundled/SHA256SUMS", list);
            put(entries, "kinema/bundled/toy/model_index.json", index);
            put(entries, "kinema/bundled/toy/vae/weights", weights);
        }
        return new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
    }

    private static void put(JarOutputStream jar, String name, String text) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sum(String text) {
        return new Sha256().add(text).hex();
    }

    @Test
    void itIsUnpackedOnceAndMendedWhereItIsDamaged() throws IOException {
        Path cache = temp.resolve("cache");
        try (URLClassLoader jar = jar("a.jar", "{}", "numbers", "numbers")) {
            Path folder = BundledModel.in(jar).unpack(cache);
            assertThat(folder.getFileName()).hasToString("toy");
            assertThat(folder.resolve("model_index.json")).hasContent("{}");
            Path weights = folder.resolve("vae/weights");
            assertThat(weights).hasContent("numbers");
            Files.writeString(weights, "cut");
            assertThat(BundledModel.in(jar).unpack(cache)).isEqualTo(folder);
            assertThat(weights).hasContent("numbers");
        }
        try (URLClassLoader other = jar("b.jar", "{}", "other numbers", "other numbers")) {
            Path folder = BundledModel.in(other).unpack(cache);
            assertThat(folder.resolve("vae/weights")).hasContent("other numbers");
        }
        try (Stream<Path> models = Files.list(cache.resolve("models"))) {
            assertThat(models).hasSize(2);
        }
    }

    @Test
    void aDamagedJarIsNamedAndLeavesNothing() throws IOException {
        Path cache = temp.resolve("cache");
        try (URLClassLoader jar = jar("c.jar", "{}", "numbers", "others")) {
            assertThatThrownBy(() -> BundledModel.in(jar).unpack(cache))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("toy/vae/weights in the jar is damaged");
        }
        try (Stream<Path> files = Files.walk(cache)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString()))
                    .containsExactly("model_index.json");
        }
    }

    @Test
    void aPlaceThatCannotBeWrittenIsNamedWithTheWayOut() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "");
        try (URLClassLoader jar = jar("d.jar", "{}", "numbers", "numbers")) {
            assertThatThrownBy(() -> BundledModel.in(jar).unpack(file))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("system property kinema.cache");
        }
    }

    @Test
    void withoutTheArtifactItsDependencyIsNamed() throws IOException {
        try (URLClassLoader none = new URLClassLoader(new URL[0], null)) {
            assertThatThrownBy(() -> BundledModel.in(none))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("<artifactId>kinema-model-tiny</artifactId>");
        }
    }

    @Test
    void theCacheIsWhereTheProgramTheEnvironmentOrTheHomeSays() {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", "caches");
        assertThat(List.of(
                        BundledModel.cache("own", environment, "home"),
                        BundledModel.cache(null, environment, "home"),
                        BundledModel.cache(null, Map.of("XDG_CACHE_HOME", ""), "home")))
                .containsExactly(Path.of("own"), Path.of("caches/kinema"), Path.of("home/.cache/kinema"));
    }
}
