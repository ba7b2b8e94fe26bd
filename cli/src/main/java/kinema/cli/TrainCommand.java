package kinema.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import kinema.eval.DetectorRecipe;
import kinema.eval.DetectorTrainer;
import kinema.train.Recipes;
import kinema.train.TrainingListener;
import kinema.train.cogvideox.TransformerRecipe;
import kinema.train.cogvideox.TransformerTrainer;
import kinema.train.cogvideox.VaeRecipe;
import kinema.train.cogvideox.VaeTrainer;
import kinema.train.world.World;
import kinema.train.world.WorldClips;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kinema train}: trains a network of a model by a recipe. */
@Command(
        name = "train",
        description = {"Trains a model's networks on the rendered world.", ""},
        sortOptions = false,
        footer = {
            "",
            "A run saves its state every few minutes and when it is stopped; the same command goes on from there.",
            "The recipe names the run's folder (state, log.csv, pictures) and the model's folder.",
            "",
            "Example: kinema train vae recipes/kinema-tiny-vae.yaml"
        })
final class TrainCommand implements Callable<Integer> {
    /** What can be trained: the networks of a model in the order it needs them, and the one that judges models. */
    enum Part {
        vae,
        transformer,
        detector
    }

    private final Console console;

    @Parameters(index = "0", paramLabel = "PART", description = "One of: ${COMPLETION-CANDIDATES}.")
    private Part part = Part.vae;

    @Parameters(index = "1", paramLabel = "RECIPE", description = "The recipe, a YAML file.")
    private Path recipe = Path.of("");

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        threads.apply();
        TrainingListener listener = new ConsoleListener();
        switch (part) {
            case vae ->
                new VaeTrainer(Recipes.read(recipe, VaeRecipe.class), new WorldClips(new World()), listener).run();
            case transformer ->
                new TransformerTrainer(
                                Recipes.read(recipe, TransformerRecipe.class), new WorldClips(new World()), listener)
                        .run();
            case detector ->
                new DetectorTrainer(Recipes.read(recipe, DetectorRecipe.class), new World(), listener).run();
        }
        if (console.cancellation().requested()) {
            throw new CancellationException();
        }
        return ExitCode.OK.number();
    }

    /** Prints the run's lines and passes Ctrl-C on. */
    private final class ConsoleListener implements TrainingListener {
        @Override
        public void line(String text) {
            console.err().println(text);
        }

        @Override
        public boolean cancelled() {
            return console.cancellation().requested();
        }
    }
}
