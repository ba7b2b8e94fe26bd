package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.Kinema;
import kinema.weights.ConversionListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema convert}: authors' own files become a checkpoint in the published layout. */
@Command(
        name = "convert",
        description = {"Writes a checkpoint that comes in its authors' own files in the published layout.", ""},
        sortOptions = false,
        footer = {
            "",
            "Reads CogVideoX as SAT writes it (transformer/latest with transformer/*/mp_rank_00_model_states.pt,",
            "vae/3d-vae.pt, and the text encoder in t5-v1_1-xxl/, inside the folder or beside it), CogVideo as",
            "its archives unpack, and Show-1's checkpoints beside one another. Nothing in a .pt file is run; a",
            "file that asks for it is refused. OUT appears when it is complete; its name is the only thing",
            "printed to standard output.",
            "",
            "'kinema generate --model' takes such a folder as it is, without conversion.",
            "",
            "Example: kinema convert CogVideoX-2b-sat CogVideoX-2b"
        })
final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "IN", description = "The folder with the authors' files.")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder to write; not there yet, or empty.")
    private Path out = Path.of("");

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Console shown = json ? console.quiet() : console;
        ProgressDisplay progress = new ProgressDisplay(shown.err(), shown.terminal());
        try {
            Kinema.convert(ModelChoice.existing(in), out, new Watcher(progress));
            progress.close();
        } finally {
            progress.abandon();
        }
        shown.err().println("wrote " + out);
        console.out().println(json ? ResultJson.file(out, Map.of()) : out);
        return ExitCode.OK.number();
    }

    /** Shows parts as stages and passes on the user's wish to stop. */
    private final class Watcher implements ConversionListener {
        private final ProgressDisplay progress;

        private Watcher(ProgressDisplay progress) {
            this.progress = progress;
        }

        @Override
        public void part(String name) {
            progress.stage(name);
        }

        @Override
        public void step(int done, int total) {
            progress.step(done, total);
        }

        @Override
        public boolean cancelled() {
            return console.cancellation().requested();
        }
    }
}
