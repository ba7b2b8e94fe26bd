package kinema.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import kinema.train.Recipes;
import kinema.train.cogvideox.TransformerRecipe;
import kinema.train.cogvideox.TransformerTrainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema precompute}: turns a recipe's clips into latents and text states. */
@Command(
        name = "precompute",
        description = {"Turns a transformer recipe's clips into latents and text states on disk, for kinema train.", ""
        },
        sortOptions = false,
        footer = {
            "",
            "What is there is not made again, also after a stop. Files that cannot be used are named, counted and left out;"
                    + " manifest.json keeps the reasons.",
            "",
            "Example: kinema precompute recipes/kinema-tiny.yaml"
        })
final class PrecomputeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "RECIPE", description = "The recipe of a transformer, a YAML file.")
    private Path recipe = Path.of("");

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    PrecomputeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        threads.apply();
        TransformerTrainer trainer = new TransformerTrainer(Recipes.read(recipe, TransformerRecipe.class));
        if (!trainer.precompute(new ConsoleTraining(json ? console.quiet() : console))) {
            throw new CancellationException();
        }
        if (json) {
            console.out().println(ResultJson.precomputed(trainer.cache()));
        }
        return ExitCode.OK.number();
    }
}
