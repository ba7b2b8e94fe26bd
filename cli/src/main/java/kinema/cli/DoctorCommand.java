package kinema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kinema.files.OutputPlace;
import kinema.files.PlaceException;
import kinema.memory.ByteSize;
import kinema.nn.OneDnn;
import kinema.tensor.Libtorch;
import kinema.tensor.MachineMemory;
import kinema.tensor.Processor;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kinema doctor}: what of this machine Kinema uses, and what is in its way. */
@Command(
        name = "doctor",
        description = {"Shows what of this machine Kinema will use, and what is in its way.", ""},
        sortOptions = false,
        footer = {
            "",
            "Nothing leaves this machine. Ends with 1 where something must be mended.",
            "",
            "Example: kinema doctor"
        })
final class DoctorCommand implements Callable<Integer> {
    /** What a processor may have that makes a difference, by the kernel's names. */
    private static final List<String> FEATURES = List.of(
            "avx2",
            "fma",
            "avx512f",
            "avx512bw",
            "avx512_bf16",
            "avx512_fp16",
            "avx512_vnni",
            "amx_bf16",
            "amx_int8",
            "asimd",
            "bf16");

    private static final long SMALL_DISK = 1L << 30; // bytes
    private static final String LINE = "%-11s %s%n";
    private static final String CHOSEN = "chosen";

    private final Console console;
    private final Map<String, String> lines = new LinkedHashMap<>();
    private final List<String> complaints = new ArrayList<>();

    @Option(
            names = "--json",
            description = "Print one JSON object with the same, and what is in its way as \"problems\".")
    private boolean json;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Libtorch torch = Libtorch.ofProcess();
        program();
        computing(torch);
        place("libraries", libraries());
        place("folder", Path.of("").toAbsolutePath());
        place("temporary", Path.of(System.getProperty("java.io.tmpdir")));
        line("model", bundled());
        line(CHOSEN, chosen(torch));
        print();
        return (complaints.isEmpty() ? ExitCode.OK : ExitCode.FAILURE).number();
    }

    private void program() {
        line("kinema", Main.Version.number());
        line(
                "java",
                System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home"));
        line(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + Loader.getPlatform());
    }

    private void computing(Libtorch torch) {
        line("processor", processor(Processor.ofMachine()));
        line("libtorch", torch.version() + ", kernels for " + torch.instructions());
        line("products", torch.mkl() ? "MKL" : "OpenBLAS");
        line(
                "layers",
                OneDnn.isUsed(ScalarType.Float)
                        ? "oneDNN, tried on this processor and right"
                        : "libtorch's own; oneDNN is not used");
        line(
                "card",
                torch.cuda() ? "an NVIDIA card that libtorch can use" : "none that this build of libtorch can use");
        line("memory", ByteSize.text(MachineMemory.free()) + " free");
        if (!torch.mkl() && Loader.getPlatform().endsWith("x86_64")) {
            complaints.add("OpenBLAS takes twice as long as MKL here; start Kinema by its launcher, ./kinema, or set"
                    + " -Dorg.bytedeco.openblas.load=mkl_rt");
        }
    }

    private static String chosen(Libtorch torch) {
        return torch.threads() + " threads on cpu, in " + precision()
                + (torch.cuda() ? "; --device cuda takes the card" : "") + "; others by --threads, --dtype";
    }

    private static String precision() {
        return OneDnn.shortProducts()
                .map(name -> "bf16 (" + name + ") where a model's pictures stay the same to the eye, else fp32")
                .orElse("fp32");
    }

    private static String processor(Processor processor) {
        String features = FEATURES.stream().filter(processor::has).collect(Collectors.joining(" "));
        return Runtime.getRuntime().availableProcessors() + " processors"
                + (processor.vendor().isEmpty() ? "" : " of " + processor.vendor())
                + (features.isEmpty() ? "" : " with " + features);
    }

    /** A folder that is written to, with its free space. */
    private void place(String name, Path folder) {
        try {
            OutputPlace.tryOut(folder.resolve("kinema.trial"));
            long free = Files.getFileStore(folder).getUsableSpace();
            line(name, folder + ", " + ByteSize.text(free) + " free" + unpacked(name, folder));
            if (free < SMALL_DISK) {
                complaints.add(folder + " has less than 1 GB free");
            }
        } catch (PlaceException | IOException e) {
            line(name, folder + ", cannot be written");
            complaints.add(folder + ": " + e.getMessage());
        }
    }

    private static String unpacked(String name, Path folder) throws IOException {
        if (!name.equals("libraries")) {
            return "";
        }
        try (Stream<Path> files = Files.walk(folder)) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            return ", " + ByteSize.text(bytes) + " of native libraries unpacked";
        }
    }

    private static Path libraries() {
        try {
            return Loader.getCacheDir().toPath();
        } catch (IOException e) {
            return Path.of(System.getProperty("user.home"), ".javacpp", "cache");
        }
    }

    private String bundled() {
        Path model = ModelChoice.path(null);
        if (Files.isDirectory(model)) {
            return model.toString();
        }
        complaints.add("the bundled model is not at " + model + "; get a complete copy of Kinema");
        return "none";
    }

    private void line(String name, String text) {
        lines.put(name, text);
    }

    private void print() {
        if (json) {
            console.out().println(ResultJson.machine(lines, complaints));
            return;
        }
        PrintWriter out = console.text();
        lines.forEach((name, text) -> {
            if (name.equals(CHOSEN)) {
                out.println();
            }
            out.printf(LINE, name, text);
        });
        complaints.forEach(complaint -> out.printf(LINE, "problem", complaint));
    }
}
