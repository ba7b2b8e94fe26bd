package kinema.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kinema.nn.Rates;
import kinema.nn.Rates.Rate;
import kinema.tensor.Libtorch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kinema bench}: how fast this machine does what networks are made of, and in which ways. */
@Command(
        name = "bench",
        description = {
            "Measures how fast this machine does what networks are made of, in each way that Kinema has, and shows"
                    + " which way it takes. Seconds; nothing is remembered.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "The share is that of the fastest product of matrices of the same dtype, of memory none.",
            "Other programs on the machine take from all rates.",
            "",
            "Example: kinema bench --threads 1"
        })
final class BenchCommand implements Callable<Integer> {
    private static final double GIGA = 1e9;
    private static final String PRODUCT = "product ";

    private final Console console;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print one JSON object with the same, in operations or bytes a second.")
    private boolean json;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        threads.apply();
        List<Rate> rates = Rates.measure();
        if (json) {
            console.out().println(object(rates));
        } else {
            print(rates, console.text());
        }
        return ExitCode.OK.number();
    }

    private static void print(List<Rate> rates, PrintWriter out) {
        row(out, "work", "way", "rate", "share", "");
        for (Rate rate : rates) {
            row(out, rate.work(), rate.way(), speed(rate), share(rate, rates), rate.taken() ? "  taken" : "");
        }
        out.printf("%nthreads: %d%n", Libtorch.ofProcess().threads());
    }

    private static void row(PrintWriter out, Object... columns) {
        out.printf("%-18s %-22s %12s %8s%s%n", columns);
    }

    private static String speed(Rate rate) {
        return String.format(Locale.ROOT, isOfMemory(rate) ? "%.1f GB/s" : "%.0f GFLOPS", rate.perSecond() / GIGA);
    }

    /** Of the fastest product in the same dtype. */
    private static String share(Rate rate, List<Rate> rates) {
        String dtype = rate.work().substring(rate.work().lastIndexOf(' ') + 1);
        return rates.stream().filter(r -> r.work().equals(PRODUCT + dtype)).mapToDouble(Rate::perSecond).max().stream()
                .mapToObj(most -> String.format(Locale.ROOT, "%.2f", rate.perSecond() / most))
                .findFirst()
                .orElse("");
    }

    private static boolean isOfMemory(Rate rate) {
        return rate.work().endsWith("memory");
    }

    private static ObjectNode object(List<Rate> rates) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("threads", Libtorch.ofProcess().threads());
        ArrayNode all = root.putArray("rates");
        for (Rate rate : rates) {
            all.addObject()
                    .put("work", rate.work())
                    .put("way", rate.way())
                    .put("taken", rate.taken())
                    .put("unit", isOfMemory(rate) ? "bytes" : "operations")
                    .put("per_second", Math.round(rate.perSecond()));
        }
        return root;
    }
}
