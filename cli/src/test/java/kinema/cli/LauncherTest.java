package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's own decisions, with a Maven that only makes empty jars and a Java that only prints how it was started. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a bash script, and Windows has no bash of its own")
class LauncherTest {
    private static final String MAVEN = """
            #!/bin/sh
            for word; do case $word in -Dkinema.state=*) state=${word#*=} ;; esac; done
            echo built >> "$BUILDS"
            mkdir -p "$state/build/kinema-cli/lib"
            echo cli > "$state/build/kinema-cli/kinema-cli-1.jar"
            echo core > "$state/build/kinema-cli/lib/kinema-core-1.jar"
            """;

    @TempDir
    Path folder;

    private Path clone;
    private Path jdk;

    @BeforeEach
    void layOut() throws IOException {
        clone = Files.createDirectories(folder.resolve("a clone/kinema"));
        executable(clone.resolve("kinema"), Files.readString(Path.of("../kinema")));
        Files.createFile(clone.resolve("pom.xml"));
        Files.createDirectories(clone.resolve("cli/src/main"));
        Files.createFile(clone.resolve("cli/pom.xml"));
        jdk = folder.resolve("jdk");
        executable(jdk.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n");
        executable(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        executable(folder.resolve("bin/mvn"), MAVEN);
    }

    @Test
    void buildsOnceInTheCloneAndAgainWhenASourceChanged() throws Exception {
        assertThat(start(Map.of()).out()).contains(clone + "/.kinema/app/").endsWith("kinema.jar --version\n");
        start(Map.of());
        assertThat(builds()).isEqualTo(1);
        Thread.sleep(20);
        Files.writeString(clone.resolve("cli/src/main/A.java"), "");
        start(Map.of());
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void isFoundWithACdPath() throws Exception {
        Run run = start(Map.of("CDPATH", ".:" + folder), "kinema/kinema");
        assertThat(run.out()).as(run.err()).contains("-Dkinema.home=" + clone + " ");
    }

    /** A file in the place of its folder keeps even root from writing there, as a read-only disk does. */
    @Test
    void aCloneThatCannotBeWrittenIsBuiltInTheUsersCache() throws Exception {
        Files.createFile(clone.resolve(".kinema"));
        Path cache = folder.resolve("cache");
        Run run = start(Map.of("XDG_CACHE_HOME", cache.toString()));
        assertThat(run.out())
                .as(run.err())
                .contains("-Dkinema.home=" + clone + " ")
                .contains("-jar " + cache + "/kinema/");
        start(Map.of("XDG_CACHE_HOME", cache.toString()));
        assertThat(builds()).isEqualTo(1);

        Run none = start(Map.of("XDG_CACHE_HOME", clone.resolve("pom.xml").toString()));
        assertThat(none.err()).startsWith("kinema: nothing can be written in " + clone + ", nor in ");
        assertThat(none.code()).isEqualTo(69);
    }

    @Test
    void whatAnotherUserBuiltIsStartedWithoutALock() throws Exception {
        start(Map.of());
        Files.delete(clone.resolve(".kinema/lock"));
        Files.createDirectory(clone.resolve(".kinema/lock")); // nobody can lock that
        Run run = start(Map.of());
        assertThat(run.out()).as(run.err()).contains("-jar " + clone + "/.kinema/app/");
        assertThat(run.code()).isZero();
    }

    @Test
    void aJavaHomeThatIsNoneIsSaid() throws Exception {
        Files.createDirectories(folder.resolve("odd/bin"));
        String path = jdk.resolve("bin") + ":" + folder.resolve("bin") + ":" + System.getenv("PATH");
        Run run = start(Map.of("JAVA_HOME", folder.resolve("odd").toString(), "PATH", path));
        assertThat(run.err())
                .contains("kinema: JAVA_HOME is '" + folder.resolve("odd") + "', which is no JDK 17 or newer; taking "
                        + jdk);
        assertThat(run.code()).isZero();

        executable(folder.resolve("odd/bin/java"), "#!/bin/sh\nexit 3\n");
        executable(folder.resolve("odd/bin/javac"), "#!/bin/sh\nexit 3\n");
        assertThat(start(Map.of("JAVA_HOME", folder.resolve("odd").toString(), "PATH", path))
                        .code())
                .isZero();
    }

    private int builds() throws IOException {
        return Files.readAllLines(folder.resolve("builds")).size();
    }

    private Run start(Map<String, String> environment) throws Exception {
        return start(environment, clone.resolve("kinema").toString());
    }

    private Run start(Map<String, String> environment, String launcher) throws Exception {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(List.of(launcher, "--version"))
                .directory(clone.getParent().toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("BUILDS", folder.resolve("builds").toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("KINEMA_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static void executable(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
