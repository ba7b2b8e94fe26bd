package kinema.site;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The documentation as a site: every page of Markdown as HTML at the same place, with the pictures and files that pages link to.
 * It needs no network and no scripts to be read.
 */
public final class Site {
    private static final List<String> OUTSIDE_DOCS = List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md");
    private static final Pattern TARGET = Pattern.compile("(?:href|src)=\"([^\"#:]+)(?:#[^\"]*)?\"");

    private final Path project;
    private final Path out;

    private Site(Path project, Path out) {
        this.project = project;
        this.out = out;
    }

    /**
     * Writes the site.
     *
     * @param args the project's folder, and the folder to write
     */
    public static void main(String[] args) {
        build(Path.of(args[0]), Path.of(args[1]));
    }

    /**
     * Writes the site, over an earlier one.
     *
     * @throws IllegalArgumentException for a page that cannot be shown, naming it
     */
    static void build(Path project, Path out) {
        try {
            new Site(project.toAbsolutePath().normalize(), out).write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write() throws IOException {
        Map<String, Markdown> pages = new LinkedHashMap<>();
        for (String name : names()) {
            try {
                pages.put(name, Markdown.of(Files.readString(project.resolve(name))));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        }
        Template template = new Template(resource("page.html"));
        for (Map.Entry<String, Markdown> page : pages.entrySet()) {
            Path file = out.resolve(Markdown.page(page.getKey()));
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(file, template.page(page.getKey(), page.getValue()));
            copyTargets(page.getKey(), page.getValue());
        }
        Files.writeString(out.resolve("site.css"), resource("site.css"));
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>(OUTSIDE_DOCS);
        try (Stream<Path> files = Files.walk(project.resolve("docs"))) {
            files.map(file -> project.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".md"))
                    .sorted()
                    .forEach(names::add);
        }
        return names;
    }

    /** Brings along the pictures and files of the project that a page links to. */
    private void copyTargets(String name, Markdown page) throws IOException {
        Path folder = project.resolve(name).resolveSibling("");
        Matcher target = TARGET.matcher(page.html());
        while (target.find()) {
            Path file = folder.resolve(target.group(1)).normalize();
            if (file.startsWith(project) && Files.isRegularFile(file)) {
                Path copy = out.resolve(project.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                Files.write(copy, Files.readAllBytes(file));
            }
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Site.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
