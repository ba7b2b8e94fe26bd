package kinema.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import kinema.files.SmallFile;
import org.jspecify.annotations.Nullable;

/**
 * The videos and pictures of a folder with their captions: from {@code metadata.jsonl} or {@code metadata.csv} in it, else from a text
 * beside each file, {@code clip.mp4} and {@code clip.txt}.
 *
 * <p>A table names the file in a column {@code file_name}, {@code file}, {@code video}, {@code image} or {@code path}, relative to the
 * folder, and the caption in {@code caption}, {@code text} or {@code prompt}. Its other columns are kept, for filters.
 */
final class CaptionTable {
    /** The caption's name among the fields, whatever the table calls it. */
    static final String CAPTION = "caption";

    private static final List<String> FILE_COLUMNS = List.of("file_name", "file", "video", "image", "path");
    private static final List<String> CAPTION_COLUMNS = List.of(CAPTION, "text", "prompt");
    private static final Set<String> PICTURES = Set.of("png", "jpg", "jpeg");
    private static final Set<String> VIDEOS =
            Set.of("mp4", "mov", "webm", "mkv", "avi", "gif", "m4v", "mpg", "mpeg", "ts", "wmv", "flv");
    private static final int MAX_FILE = 64 << 20; // bytes
    private static final ObjectMapper JSON = new ObjectMapper();

    private CaptionTable() {}

    /** Whether a file is one picture. */
    static boolean isPicture(Path file) {
        return PICTURES.contains(extension(file));
    }

    /**
     * The entries of a folder, in the order of its table or of the names.
     *
     * @throws IllegalArgumentException when there is no such folder, nothing in it, or its table cannot be read
     */
    static List<Entry> read(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder of videos or pictures");
        }
        Path jsonl = folder.resolve("metadata.jsonl");
        Path csv = folder.resolve("metadata.csv");
        List<Entry> entries;
        if (Files.exists(jsonl)) {
            entries = table(folder, jsonl, fromJson(jsonl));
        } else if (Files.exists(csv)) {
            entries = table(folder, csv, fromCsv(csv));
        } else {
            entries = beside(folder);
        }
        if (entries.isEmpty()) {
            throw new IllegalArgumentException(folder + ": holds no video or picture; known are "
                    + String.join(", ", VIDEOS.stream().sorted().toList()) + ", "
                    + String.join(", ", PICTURES.stream().sorted().toList()));
        }
        return entries;
    }

    private static List<Entry> table(Path folder, Path table, List<Map<String, String>> rows) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, String> row = rows.get(i);
            String file = first(row, FILE_COLUMNS);
            if (file == null) {
                throw new IllegalArgumentException(table + ": row " + (i + 1) + " names no file; one of the columns "
                        + FILE_COLUMNS + " must, found " + row.keySet());
            }
            String caption = first(row, CAPTION_COLUMNS);
            Map<String, String> fields = new TreeMap<>(row);
            if (caption != null) {
                fields.put(CAPTION, caption);
            }
            entries.add(new Entry(folder.resolve(file), fields));
        }
        return entries;
    }

    private static List<Entry> beside(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(CaptionTable::isMedia)
                    .sorted()
                    .map(file -> new Entry(file, text(file)))
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isMedia(Path file) {
        return (PICTURES.contains(extension(file)) || VIDEOS.contains(extension(file))) && Files.isRegularFile(file);
    }

    private static Map<String, String> text(Path file) {
        String name = file.getFileName().toString();
        Path text = file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
        try {
            return Files.exists(text)
                    ? Map.of(CAPTION, SmallFile.text(text, MAX_FILE).strip())
                    : Map.of();
        } catch (IOException e) {
            throw new IllegalArgumentException(text + ": the caption cannot be read: " + reason(e), e);
        }
    }

    private static List<Map<String, String>> fromJson(Path file) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines(file)) {
            if (line.isBlank()) {
                continue;
            }
            Map<String, String> row = new LinkedHashMap<>();
            try {
                for (Map.Entry<String, JsonNode> field : JSON.readTree(line).properties()) {
                    row.put(field.getKey(), field.getValue().asText());
                }
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(
                        file + ": row " + (rows.size() + 1) + " is not JSON: " + e.getOriginalMessage(), e);
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<Map<String, String>> fromCsv(Path file) {
        List<List<String>> cells = Csv.parse(String.join("\n", lines(file)));
        List<Map<String, String>> rows = new ArrayList<>();
        for (List<String> row : cells.subList(Math.min(1, cells.size()), cells.size())) {
            if (row.size() != cells.get(0).size()) {
                throw new IllegalArgumentException(file + ": row " + (rows.size() + 1) + " has " + row.size()
                        + " fields, the first line names " + cells.get(0).size());
            }
            Map<String, String> named = new LinkedHashMap<>();
            for (int i = 0; i < row.size(); i++) {
                named.put(cells.get(0).get(i), row.get(i));
            }
            rows.add(named);
        }
        return rows;
    }

    private static List<String> lines(Path file) {
        try {
            return SmallFile.text(file, MAX_FILE).lines().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof CharacterCodingException ? "it is not UTF-8" : String.valueOf(e.getMessage());
    }

    private static @Nullable String first(Map<String, String> row, List<String> columns) {
        return columns.stream()
                .map(row::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst()
                .orElse(null);
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
