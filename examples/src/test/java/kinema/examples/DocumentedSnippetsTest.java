package kinema.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The Java that the documentation shows compiles. Snippets may use a {@code model} and a {@code request} without declaring them. */
class DocumentedSnippetsTest {
    private static final Path PROJECT = Path.of("..");
    private static final List<String> PAGES = List.of("README.md", "docs/tutorial.md", "docs/api.md");
    private static final Pattern BLOCK = Pattern.compile("(?s)```java\\n(.*?)```");
    private static final List<String> PACKAGES = List.of(
            "java.awt.image",
            "java.nio.file",
            "java.util",
            "java.util.concurrent",
            "kinema",
            "kinema.memory",
            "kinema.system",
            "kinema.video");
    private static final String AROUND = """
            %s
            class Snippet {
                VideoModel model;
                GenerationRequest request;
                void run() throws Exception {
            %s
                }
            }
            """;

    @TempDir
    private Path classes;

    static Stream<Arguments> snippets() throws IOException {
        Stream.Builder<Arguments> all = Stream.builder();
        for (String page : PAGES) {
            List<String> found = BLOCK.matcher(Files.readString(PROJECT.resolve(page)))
                    .results()
                    .map((MatchResult block) -> block.group(1))
                    .toList();
            assertThat(found).as(page).isNotEmpty();
            found.forEach(snippet -> all.add(Arguments.of(page, snippet)));
        }
        return all.build();
    }

    @ParameterizedTest
    @MethodSource("snippets")
    void compiles(String page, String snippet) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-d",
                classes.toString(),
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-Xlint:-options");

        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        options,
                        null,
                        List.of(new Source(String.format(AROUND, imports(), snippet))))
                .call();

        assertThat(compiled).as(page + "\n" + snippet + "\n" + messages).isTrue();
    }

    private static String imports() {
        return PACKAGES.stream().map(name -> "import " + name + ".*;").collect(Collectors.joining("\n"));
    }

    /** A file that is in memory alone. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
