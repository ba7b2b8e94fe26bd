package kinema.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The command lines that the documentation shows. */
final class DocumentedLines {
    private static final Path PROJECT = Path.of("..");
    private static final String START = "./kinema ";
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    private DocumentedLines() {}

    /** The documentation's pages. */
    static List<Path> pages() {
        try (Stream<Path> docs = Files.walk(PROJECT.resolve("docs"))) {
            return Stream.concat(Stream.of(PROJECT.resolve("README.md")), docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of a page's blocks that start Kinema. */
    static List<String> of(Path page) {
        List<String> lines = new ArrayList<>();
        boolean inBlock = false;
        for (String line : text(page).lines().toList()) {
            if (line.startsWith("```")) {
                inBlock = !inBlock;
            } else if (inBlock && line.startsWith(START)) {
                lines.add(line);
            }
        }
        return lines;
    }

    /** A line's words after the program's name, as a shell makes them; where its output goes is none of them. */
    static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(line.substring(START.length()).replaceFirst(" > \\S+$", ""));
        while (word.find()) {
            words.add(Stream.of(word.group(1), word.group(2), word.group(3))
                    .filter(found -> found != null)
                    .findFirst()
                    .orElseThrow());
        }
        return words.toArray(String[]::new);
    }

    static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
