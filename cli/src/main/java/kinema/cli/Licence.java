package kinema.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.weights.ConfigFile;
import org.jspecify.annotations.Nullable;

/** Finds the licence that a checkpoint's folder states. */
final class Licence {
    private static final List<String> FILES = List.of("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE");
    private static final String FRONT_MATTER = "---";

    private Licence() {}

    /**
     * The licence by its short name where there is one.
     *
     * @param index the folder's {@code model_index.json}
     * @return from the README's front matter, the index, or the first line of a licence file; null if nothing states one
     */
    static @Nullable String of(Path folder, ConfigFile index) throws IOException {
        String stated = fromReadme(folder.resolve("README.md"));
        if (stated == null && index.node("license").isTextual()) {
            stated = index.node("license").asText() + " (model_index.json)";
        }
        return stated != null ? stated : fromLicenceFile(folder);
    }

    private static @Nullable String fromReadme(Path readme) throws IOException {
        List<String> lines = lines(readme);
        if (lines.isEmpty() || !lines.get(0).strip().equals(FRONT_MATTER)) {
            return null;
        }
        String licence = null;
        for (String line : lines.subList(1, lines.size())) {
            if (line.strip().equals(FRONT_MATTER)) {
                break;
            }
            // A name of the author's own comes with "license: other" and says more.
            if (line.startsWith("license_name:") || (line.startsWith("license:") && licence == null)) {
                licence = line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return licence == null ? null : licence + " (README.md)";
    }

    private static @Nullable String fromLicenceFile(Path folder) throws IOException {
        for (String name : FILES) {
            for (String line : lines(folder.resolve(name))) {
                if (!line.isBlank()) {
                    return line.strip() + " (" + name + ")";
                }
            }
        }
        return null;
    }

    private static List<String> lines(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.limit(200).toList();
        } catch (java.io.UncheckedIOException e) {
            if (e.getCause() instanceof MalformedInputException) {
                return List.of();
            }
            throw e;
        }
    }
}
