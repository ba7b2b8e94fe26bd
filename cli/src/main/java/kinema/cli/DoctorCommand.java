package kinema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import picocli.CommandLine.Command;

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
    private static final List<String> FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512bw", "avx512_bf16", "avx512_fp16", "amx_bf16", "asimd", "bf16");

    private static final long SMALL_DISK = 1L << 30; // bytes

    private final Console console;
    private final List<String> complaints = new ArrayList<>();

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        PrintWriter out = console.text();
        Libtorch torch = Libtorch.ofProcess();
        program(out);
        computing(out, torch);
        place(out, "libraries", libraries());
        place(out, "folder", Path.of("").toAbsolutePath());
        place(out, "temporary", Path.of(System.getProperty("java.io.tmpdir")));
        line(out, "model", bundled());
        out.println();
        line(out, "chosen", chosen(torch));
        complaints.forEach(complaint -> line(out, "problem", complaint));
        return (complaints.isEmpty() ? ExitCode.OK : ExitCode.FAILURE).number();
    }

    private static void program(PrintWriter out) {
        line(out, "kinema", Main.Version.number());
        line(
                out,
                "java",
                System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home"));
        line(
                out,
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + Loader.getPlatform());
    }

    private void computing(PrintWriter out, Libtorch torch) {
        line(out, "processor", processor(Processor.ofMachine()));
        line(out, "libtorch", torch.version() + ", kernels for " + torch.instructions());
        line(out, "products", torch.mkl() ? "MKL" : "OpenBLAS");
        line(
                out,
                "layers",
                OneDnn.isUsed() ? "oneDNN, tried on this processor and right" : "libtorch's own; oneDNN is not used");
        line(
                out,
                "card",
                torch.cuda() ? "an NVIDIA card that libtorch can use" : "none that this build of libtorch can use");
        line(out, "memory", ByteSize.text(MachineMemory.free()) + " free");
        if (!torch.mkl() && Loader.getPlatform().endsWith("x86_64")) {
            complaints.add("OpenBLAS takes twice as long as MKL here; start Kinema by its launcher, ./kinema, or set"
                    + " -Dorg.bytedeco.openblas.load=mkl_rt");
        }
    }

    private static String chosen(Libtorch torch) {
        return torch.threads() + " threads on cpu, in fp32" + (torch.cuda() ? "; --device cuda takes the card" : "")
                + "; others by --threads, --dtype";
    }

    private static String processor(Processor processor) {
        String features = FEATURES.stream().filter(processor::has).collect(Collectors.joining(" "));
        return Runtime.getRuntime().availableProcessors() + " processors"
                + (processor.vendor().isEmpty() ? "" : " of " + processor.vendor())
                + (features.isEmpty() ? "" : " with " + features);
    }

    /** A folder that is written to, with its free space. */
    private void place(PrintWriter out, String name, Path folder) {
        try {
            OutputPlace.tryOut(folder.resolve("kinema.trial"));
            long free = Files.getFileStore(folder).getUsableSpace();
            line(out, name, folder + ", " + ByteSize.text(free) + " free" + unpacked(name, folder));
            if (free < SMALL_DISK) {
                complaints.add(folder + " has less than 1 GB free");
            }
        } catch (PlaceException | IOException e) {
            line(out, name, folder + ", cannot be written");
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

    private static void line(PrintWriter out, String name, String text) {
        out.printf("%-11s %s%n", name, text);
    }
}
