package kinema.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;
import kinema.memory.MemoryPlan;
import kinema.system.Setting;
import kinema.text.KnownWords;

/** An {@link Inspection} for people. */
final class InspectionText {
    private static final int WIDTH = 100;

    private InspectionText() {}

    static void print(Inspection i, PrintWriter out) {
        out.println("folder      " + i.folder());
        out.println("system      " + i.system());
        out.println("variant     " + i.variant());
        out.println("licence     " + (i.licence() == null ? "not stated in the folder" : i.licence()));
        out.println();
        String row = "%-14s %-30s %12s  %-10s %5s %10s%n";
        out.printf(Locale.ROOT, row, "network", "class", "parameters", "dtypes", "files", "size");
        for (Network n : i.networks()) {
            String dtypes = n.parameters().keySet().stream().collect(Collectors.joining("+"));
            String size = n.files() == 0 ? "built in" : bytes(n.bytes());
            out.printf(Locale.ROOT, row, n.name(), n.type(), count(n.count()), dtypes, n.files(), size);
        }
        out.printf(Locale.ROOT, row, "total", "", count(i.parameters()), "", "", bytes(i.bytes()));
        out.println();
        settings(i, out);
        i.words().ifPresent(words -> words(words, out));
        MemoryPlan memory = i.memory();
        if (memory != null) {
            String stages = memory.stages().stream()
                    .map(s -> s.stage() + " " + bytes(s.bytes()))
                    .collect(Collectors.joining(", "));
            out.println(
                    "memory      " + bytes(memory.peak()) + " at the model's own size, in fp32 and with all there is at"
                            + " once: " + bytes(memory.base()) + " for the program itself and "
                            + bytes(memory.largest().bytes()) + " for the largest stage (" + stages
                            + "); 'kinema generate --plan' says how it fits here");
        }
        i.problems().forEach(problem -> out.println("problem     " + TerminalText.cut(problem, TerminalText.MESSAGE)));
    }

    /** All that its training's captions spoke of, a kind a paragraph. */
    private static void words(KnownWords words, PrintWriter out) {
        out.println("All that its training's captions speak of:");
        words.kinds().forEach((kind, phrases) -> {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-12s", kind));
            for (int n = 0; n < phrases.size(); n++) {
                String next = phrases.get(n) + (n + 1 < phrases.size() ? ", " : "");
                if (line.length() + next.length() > WIDTH) {
                    out.println(line.toString().stripTrailing());
                    line = new StringBuilder(" ".repeat(12));
                }
                line.append(next);
            }
            out.println(line);
        });
        out.println();
    }

    /** What a request may set, the model's own value of each, and what it must be. */
    private static void settings(Inspection i, PrintWriter out) {
        if (i.settings().isEmpty()) {
            return;
        }
        String row = "%-18s %-10s %s%n";
        out.printf(Locale.ROOT, row, "setting", "its own", "what it is");
        for (Setting<?> s : i.settings()) {
            String own = s.standardValue().map(Object::toString).orElse("");
            out.printf(
                    Locale.ROOT, row, s.key(), own, s.words() + " (" + s.type().expected() + ")");
        }
        out.println();
    }

    /** Parameters with three digits and a decimal unit. */
    static String count(long parameters) {
        return scaled(parameters, "");
    }

    /** Bytes in decimal units, as disks are sold. */
    static String bytes(long bytes) {
        return scaled(bytes, "B");
    }

    private static String scaled(long value, String unit) {
        String[] prefixes =
                unit.isEmpty() ? new String[] {"", "K", "M", "B", "T"} : new String[] {"", "k", "M", "G", "T"};
        double scaled = value;
        int i = 0;
        while (scaled >= 999.5 && i < prefixes.length - 1) {
            scaled /= 1000;
            i++;
        }
        String digits =
                i == 0 ? Long.toString(value) : String.format(Locale.ROOT, scaled < 10 ? "%.2f" : "%.1f", scaled);
        return (digits + " " + prefixes[i] + unit).strip();
    }
}
