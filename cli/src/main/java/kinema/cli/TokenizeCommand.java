package kinema.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import kinema.train.Recipes;
import kinema.train.cogvideo.TokenRecipe;
import kinema.train.cogvideo.Tokenization;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema tokenize}: turns captioned clips into rows of tokens. */
@Command(
        name = "tokenize",
        description = {"Turns captioned clips into rows of tokens on disk, which CogVideo is trained on.", ""},
        sortOptions = false,
        footer = {
            "",
            "What is there is not made again, also after a stop. Files that cannot be used are named, counted and left out;"
                    + " manifest.json keeps the reasons.",
            "",
            "Example: kinema tokenize recipes/kinema-cogvideo-tiny-clips.yaml"
        })
final class TokenizeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "RECIPE", description = "The recipe, a YAML file.")
    private Path recipe = Path.of("");

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    TokenizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        threads.apply();
        Tokenization tokenization = new Tokenization(Recipes.read(recipe, TokenRecipe.class));
        if (!tokenization.run(new ConsoleTraining(json ? console.quiet() : console))) {
            throw new CancellationException();
        }
        if (json) {
            console.out().println(ResultJson.precomputed(tokenization.rows()));
        }
        return ExitCode.OK.number();
    }
}
