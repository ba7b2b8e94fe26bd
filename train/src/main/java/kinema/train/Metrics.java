package kinema.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A run's {@code metrics.csv}: a row an interval, the step first; what an interval does not tell of is empty. */
final class Metrics {
    static final String STEP = "step";

    private final Path file;

    Metrics(Path file) {
        this.file = file;
    }

    /** Drops the rows after {@code step}, which a run that goes on from there writes again. */
    void cutAfter(long step) {
        if (Files.exists(file)) {
            List<String> lines = lines();
            List<String> kept = new ArrayList<>(lines.subList(0, 1));
            lines.stream()
                    .skip(1)
                    .filter(line -> Double.parseDouble(line.split(",", 2)[0]) <= step)
                    .forEach(kept::add);
            write(kept, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        }
    }

    /** Appends a row; a new file starts with the names. */
    void add(List<String> columns, Map<String, Double> row) {
        List<String> lines = new ArrayList<>();
        if (!Files.exists(file)) {
            lines.add(String.join(",", columns));
        }
        lines.add(columns.stream().map(name -> number(row.get(name))).collect(Collectors.joining(",")));
        write(lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** All columns by name, empty fields as NaN. */
    Map<String, double[]> columns() {
        Map<String, double[]> columns = new LinkedHashMap<>();
        if (!Files.exists(file)) {
            return columns;
        }
        List<String[]> rows = lines().stream().map(line -> line.split(",", -1)).toList();
        for (int c = 0; c < rows.get(0).length; c++) {
            int column = c;
            columns.put(
                    rows.get(0)[c],
                    rows.stream()
                            .skip(1)
                            .mapToDouble(row -> row[column].isEmpty() ? Double.NaN : Double.parseDouble(row[column]))
                            .toArray());
        }
        return columns;
    }

    private static String number(@Nullable Double value) {
        if (value == null) {
            return "";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString(value.longValue())
                : String.format(Locale.ROOT, "%.6g", value);
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }

    private void write(List<String> lines, StandardOpenOption... options) {
        try {
            Files.write(file, lines, options);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
    }
}
