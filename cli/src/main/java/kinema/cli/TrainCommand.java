package kinema.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import kinema.eval.DetectorRecipe;
import kinema.eval.DetectorTrainer;
import kinema.train.GlooWorkers;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.Workers;
import kinema.train.cogvideo.ImageRecipe;
import kinema.train.cogvideo.ImageTrainer;
import kinema.train.cogvideo.PartRecipe;
import kinema.train.cogvideo.PartTrainer;
import kinema.train.cogvideo.VocabularyRecipe;
import kinema.train.cogvideo.VocabularyTrainer;
import kinema.train.cogvideox.ModelReplacement;
import kinema.train.cogvideox.TransformerRecipe;
import kinema.train.cogvideox.TransformerTrainer;
import kinema.train.cogvideox.VaeRecipe;
import kinema.train.cogvideox.VaeTrainer;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema train}: trains a network of a model by a recipe. */
@Command(
        name = "train",
        description = {"Trains a model's networks by a recipe.", ""},
        sortOptions = false,
        footer = {
            "",
            "All of a run goes into the folder that the recipe names as its output: recipe, metrics.csv, plots, sample pictures,"
                    + " checkpoints, and the finished networks in model/.",
            "A run saves a checkpoint every few minutes and when it is stopped; --resume continues from there.",
            "Several processes share the batches of a step (accumulate: in the recipe) when each is started with RANK,"
                    + " WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them; the result has the bits of one.",
            "",
            "Examples:",
            "  kinema train vae recipes/kinema-tiny-vae.yaml",
            "  kinema train image recipes/kinema-cogvideo-tiny-image.yaml",
            "  kinema train --resume work/kinema-tiny-vae",
            "  kinema generate \"a red rocket flies up\" --model work/kinema-tiny/model"
        })
final class TrainCommand implements Callable<Integer> {
    /** What can be trained: the networks of a model in the order it needs them, and the one that judges models. */
    enum Part {
        vae,
        transformer,
        image,
        vocabulary,
        base,
        keyframes,
        interpolation,
        upscaler,
        detector
    }

    private final Console console;

    @Parameters(index = "0", arity = "0..1", paramLabel = "PART", description = "One of: ${COMPLETION-CANDIDATES}.")
    private @Nullable Part part;

    @Parameters(index = "1", arity = "0..1", paramLabel = "RECIPE", description = "The recipe, a YAML file.")
    private @Nullable Path recipe;

    @Option(
            names = "--resume",
            paramLabel = "FOLDER",
            description = "Continue the run in this folder with its own recipe.")
    private @Nullable Path resume;

    @Option(
            names = "--replace",
            paramLabel = "MODEL",
            description = "When the run is finished, put its networks in place of those of this model folder.")
    private @Nullable Path replace;

    @Option(names = "--json", description = "Print one JSON object about the finished run, and no progress.")
    private boolean json;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        threads.apply();
        Part trained = resume == null ? required(part) : part(RunFolder.resume(resume));
        if (resume != null && part != null) {
            throw new IllegalArgumentException("--resume takes part and recipe from the folder; give it alone");
        }
        try (Workers workers = GlooWorkers.of(System.getenv())) {
            Run run = train(trained, workers);
            if (console.cancellation().requested()) {
                throw new CancellationException();
            }
            if (replace != null && run.leads()) {
                new ModelReplacement(run.folder().model(), replace).run();
                shown().err().println("replaced the networks of " + replace);
            }
            if (json && run.leads()) {
                RunFolder folder = run.folder();
                console.out()
                        .println(ResultJson.file(
                                folder.model(), new TreeMap<>(Map.of("part", trained, "steps", folder.steps()))));
            }
        }
        return ExitCode.OK.number();
    }

    private Console shown() {
        return json ? console.quiet() : console;
    }

    private Run train(Part trained, Workers workers) {
        return switch (trained) {
            case vae -> {
                VaeRecipe read = read(VaeRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new VaeTrainer(read).run(run);
                yield run;
            }
            case transformer -> {
                TransformerRecipe read = read(TransformerRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new TransformerTrainer(read).run(run);
                yield run;
            }
            case image -> {
                ImageRecipe read = read(ImageRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new ImageTrainer(read).run(run);
                yield run;
            }
            case vocabulary -> {
                VocabularyRecipe read = read(VocabularyRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new VocabularyTrainer(read).run(run);
                yield run;
            }
            case base, keyframes, interpolation, upscaler -> {
                PartRecipe read = read(PartRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new PartTrainer(PartTrainer.Kind.valueOf(trained.name().toUpperCase(Locale.ROOT)), read).run(run);
                yield run;
            }
            case detector -> {
                DetectorRecipe read = read(DetectorRecipe.class);
                Run run = run(trained, Path.of(read.output()), read, workers);
                new DetectorTrainer(read, new World()).run(run);
                yield run;
            }
        };
    }

    private <T> T read(Class<T> type) {
        if (resume != null) {
            return RunFolder.resume(resume).recipe(type);
        }
        if (recipe == null) {
            throw new IllegalArgumentException(
                    "a recipe is missing; example: kinema train " + part + " recipes/kinema-tiny-vae.yaml");
        }
        return Recipes.read(recipe, type);
    }

    private Run run(Part trained, Path output, Object read, Workers workers) {
        RunFolder folder;
        if (resume != null) {
            folder = RunFolder.resume(resume);
        } else if (workers.rank() == 0) {
            folder = RunFolder.start(output, trained.name(), read);
        } else {
            folder = RunFolder.follow(output);
        }
        return new Run(folder, workers, new ConsoleTraining(shown()));
    }

    private static Part required(@Nullable Part part) {
        if (part == null) {
            throw new IllegalArgumentException("what is to be trained is missing: one of "
                    + Arrays.toString(Part.values()) + " and a recipe, or --resume FOLDER");
        }
        return part;
    }

    private static Part part(RunFolder folder) {
        return Arrays.stream(Part.values())
                .filter(known -> known.name().equals(folder.part()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(folder.path() + ": holds a run of '" + folder.part()
                        + "'; known: " + Arrays.toString(Part.values())));
    }
}
