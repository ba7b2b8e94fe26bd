package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.testing.toy.ToyProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A system's package can be left out: all but the class that lists the systems loads, links and works without it. */
class WithoutASystemTest {
    private static final String HIDDEN = "kinema.cogvideox.";

    /** What may name the system: itself, the list of systems, and trainers and benchmarks of its networks. */
    private static final List<String> ITS_OWN =
            List.of(HIDDEN, "kinema.Systems", "kinema.train.cogvideox.", "kinema.bench.");

    /** Loads Kinema's classes anew, without a system's. */
    private static final class Hiding extends URLClassLoader {
        Hiding(URL... places) {
            super(places, WithoutASystemTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(HIDDEN)) {
                throw new ClassNotFoundException(name + " is hidden");
            }
            if (!name.startsWith("kinema.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : defined(name);
            }
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @TempDir
    private Path folder;

    @Test
    void everyOtherClassLinks() throws Exception {
        Path classes = classes(Kinema.class);
        try (Hiding hiding = new Hiding()) {
            List<String> names = names(classes);
            assertThat(names).hasSizeGreaterThan(100).contains("kinema.Kinema", "kinema.system.Steps");
            for (String name : names) {
                Class<?> loaded = Class.forName(name, true, hiding);
                assertThat(loaded.getClassLoader()).isSameAs(hiding);
                assertThat(loaded.getDeclaredMethods()).isNotNull(); // finds the classes of all signatures
            }
            assertThatThrownBy(() -> Class.forName("kinema.Systems", true, hiding))
                    .isInstanceOf(NoClassDefFoundError.class);
        }
    }

    @Test
    void anotherSystemWorks() throws Exception {
        byte[] expected = ToyProgram.run(folder.resolve("a"));
        try (Hiding hiding = new Hiding()) {
            Class<?> program = Class.forName(ToyProgram.class.getName(), true, hiding);
            assertThat(run(program, folder.resolve("b"))).isEqualTo(expected);
        }
    }

    private static Object run(Class<?> program, Path folder) throws ReflectiveOperationException {
        try {
            return program.getMethod("run", Path.class).invoke(null, folder);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }

    /** All of Kinema's classes but those. */
    private static List<String> names(Path classes) throws IOException {
        try (Stream<Path> all = Files.walk(classes.resolve("kinema"))) {
            return all.map(file -> classes.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("package-info.class"))
                    .map(file ->
                            file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> ITS_OWN.stream().noneMatch(name::startsWith))
                    .toList();
        }
    }

    private static Path classes(Class<?> any) throws URISyntaxException {
        return Path.of(any.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
