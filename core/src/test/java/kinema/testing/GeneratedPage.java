package kinema.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A page of the documentation that is made of the program itself. {@code docs/make-reference} writes it anew. */
public final class GeneratedPage {
    private static final Path FOLDER = Path.of("../docs/reference");
    private static final String FOOT =
            "\n---\n\nThis page is made of the program itself; `docs/make-reference` writes it anew.\n";

    private GeneratedPage() {}

    /**
     * Makes sure that a page is what the program says, or makes it so where the system property {@code kinema.renew} is set.
     *
     * @param name of its file
     * @param text what the program says
     */
    public static void check(String name, String text) throws IOException {
        Path file = FOLDER.resolve(name);
        if (Boolean.getBoolean("kinema.renew")) {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(file, text + FOOT);
        }
        assertThat(file).as("renew it by docs/make-reference").exists();
        assertThat(Files.readString(file).replace("\r\n", "\n"))
                .as(file + " is not what the program says any more; renew it by docs/make-reference")
                .isEqualTo(text + FOOT);
    }

    /** A text as it stands in a cell of a table. */
    public static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ");
    }
}
