package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema inspect}: what a checkpoint is, without loading it. */
@Command(
        name = "inspect",
        description = {"Shows what a checkpoint is, from its configs and file headers alone.", ""},
        sortOptions = false,
        footer = {
            "",
            "The memory is that of 32-bit numbers in the largest stage; stages run one after the other. With",
            "less, 'kinema generate' streams weights and cuts pictures into tiles.",
            "",
            "Example: kinema inspect ~/models/CogVideoX-2b"
        })
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            description = "The checkpoint's folder. Default: the bundled model.")
    private @Nullable Path folder;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Inspection inspection = ModelInspector.inspect(ModelChoice.folder(folder));
        if (json) {
            console.out().println(InspectionJson.of(inspection));
        } else {
            InspectionText.print(inspection, console.text());
        }
        int problems = inspection.problems().size();
        if (problems > 0) {
            throw new CommandException(
                    ExitCode.BAD_MODEL,
                    inspection.folder() + ": " + problems + (problems == 1 ? " problem: " : " problems, the first: ")
                            + inspection.problems().get(0));
        }
        return ExitCode.OK.number();
    }
}
