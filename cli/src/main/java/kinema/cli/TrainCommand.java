package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;
import kinema.eval.DetectorRecipe;
import kinema.eval.DetectorTrainer;
import kinema.files.FolderLock;
import kinema.files.Names;
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
import kinema.train.cogvideox.DraftRecipe;
import kinema.train.cogvideox.DraftTrainer;
import kinema.train.cogvideox.ModelReplacement;
import kinema.train.cogvideox.TransformerRecipe;
import kinema.train.cogvideox.TransformerTrainer;
import kinema.train.cogvideox.VaeRecipe;
import kinema.train.cogvideox.VaeTrainer;
import kinema.train.show1.AutoencoderRecipe;
import kinema.train.show1.AutoencoderTrainer;
import kinema.train.show1.StageKind;
import kinema.train.show1.StageRecipe;
import kinema.train.show1.StageTrainer;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code kinema train}: trains a network of a model by a recipe. */
@Command(
        name = "train",
        description = {"Trains a model's networks by a recipe.", ""},
        sortOptions = false,
        footer = {
            "",
            "All of a run goes into the folder that the recipe names as its output: recipe, metrics.csv, plots, sample"
                    + " pictures, checkpoints, and the finished networks in model/.",
            "A run saves a checkpoint every few minutes and when it is stopped; --resume continues from there.",
            "Several processes share the batches of a step (accumulate: in the recipe) when each is started with RANK,"
                    + " WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them; the result has the bits of one.",
            "",
            "Examples:",
            "  kinema train vae recipes/kinema-tiny-vae.yaml",
            "  kinema train image recipes/kinema-cogvideo-tiny-image.yaml",
            "  kinema train show1-base recipes/kinema-show1-tiny-base.yaml",
            "  kinema train --resume work/kinema-tiny-vae",
            "  kinema generate \"a red rocket flies up\" --model work/kinema-tiny/model"
        })
final class TrainCommand implements Callable<Integer> {
    /** What can be trained: the networks of a model in the order it needs them, and the one that judges models. */
    enum Part {
        vae,
        transformer,
        draft,
        image,
        vocabulary,
        base,
        keyframes,
        interpolation,
        upscaler,
        show1_images,
        show1_base,
        show1_interpolation,
        show1_first_frame,
        show1_upscaling,
        show1_autoencoder,
        show1_expert,
        detector;

        /** As it is given: a name that several systems have begins with its system's. */
        @Override
        public String toString() {
            return name().replace('_', '-');
        }

        /** The part of this name. */
        static Optional<Part> find(String given) {
            return Arrays.stream(values())
                    .filter(part -> part.toString().equals(given))
                    .findFirst();
        }

        private StageKind stage() {
            return StageKind.valueOf(name().substring("show1_".length()).toUpperCase(Locale.ROOT));
        }
    }

    /** Reads a part's name. */
    static final class PartName implements ITypeConverter<Part> {
        @Override
        public Part convert(String given) {
            return Part.find(given).orElseThrow(() -> new TypeConversionException(unknown(given)));
        }

        private static String unknown(String given) {
            List<String> known =
                    Arrays.stream(Part.values()).map(Part::toString).toList();
            return "'" + given + "' is no part that can be trained"
                    + Names.nearest(given, known, Math.max(2, given.length() / 3))
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("");
        }
    }

    private final Console console;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PART",
            converter = PartName.class,
            description = "One of: ${COMPLETION-CANDIDATES}.")
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

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            converter = MemoryAmount.class,
            description = "How much memory may be used, such as 8G; a run that needs more does not start. Default: what"
                    + " the machine has free.")
    private @Nullable Long maxMemory;

    @Option(names = "--json", description = "Print one JSON object about the finished run, and no progress.")
    private boolean json;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        threads.apply();
        Part trained = resume == null ? required(part) : part(RunFolder.resume(resume));
        if (resume != null && part != null) {
            throw new IllegalArgumentException("--resume takes part and recipe from the folder; give it alone");
        }
        if (maxMemory != null && (trained == Part.vocabulary || trained == Part.detector)) {
            throw new OptionException(
                    "{} is for networks of a model; " + trained + " takes little, leave it out", "max-memory");
        }
        try (Workers workers = GlooWorkers.of(System.getenv())) {
            Run run = run(trained, workers, training(trained));
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
                                folder.model(),
                                new TreeMap<>(Map.of("part", trained.toString(), "steps", folder.steps()))));
            }
        }
        return ExitCode.OK.number();
    }

    private Console shown() {
        return json ? console.quiet() : console;
    }

    private static Training<?> training(Part trained) {
        return switch (trained) {
            case vae -> new Training<>(VaeRecipe.class, VaeRecipe::output, r -> new VaeTrainer(r)::run);
            case transformer ->
                new Training<>(TransformerRecipe.class, TransformerRecipe::output, r -> new TransformerTrainer(r)::run);
            case draft -> new Training<>(DraftRecipe.class, DraftRecipe::output, r -> new DraftTrainer(r)::run);
            case image -> new Training<>(ImageRecipe.class, ImageRecipe::output, r -> new ImageTrainer(r)::run);
            case vocabulary ->
                new Training<>(VocabularyRecipe.class, VocabularyRecipe::output, r -> new VocabularyTrainer(r)::run);
            case base, keyframes, interpolation, upscaler -> {
                PartTrainer.Kind kind = PartTrainer.Kind.valueOf(trained.name().toUpperCase(Locale.ROOT));
                yield new Training<>(PartRecipe.class, PartRecipe::output, r -> new PartTrainer(kind, r)::run);
            }
            case show1_autoencoder ->
                new Training<>(AutoencoderRecipe.class, AutoencoderRecipe::output, r -> new AutoencoderTrainer(r)::run);
            case detector ->
                new Training<>(
                        DetectorRecipe.class, DetectorRecipe::output, r -> new DetectorTrainer(r, new World())::run);
            default ->
                new Training<>(StageRecipe.class, StageRecipe::output, r -> new StageTrainer(trained.stage(), r)::run);
        };
    }

    /**
     * How a part is trained.
     *
     * @param recipe what its recipes are read as
     * @param output the folder that one names
     * @param trainer made of one, before anything of the run is written
     */
    private record Training<T>(Class<T> recipe, Function<T, String> output, Function<T, Consumer<Run>> trainer) {}

    private <T> Run run(Part trained, Workers workers, Training<T> training) throws IOException {
        T read = read(training.recipe());
        Consumer<Run> trainer = training.trainer().apply(read);
        Path output = resume != null ? resume : Path.of(training.output().apply(read));
        try (FolderLock lock =
                workers.rank() == 0 ? RunFolder.lock(output) : null) { // of processes that share a run one writes
            Run run = run(trained, output, read, workers);
            trainer.accept(run);
            return run;
        }
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
            folder = RunFolder.start(output, trained.toString(), read);
        } else {
            folder = RunFolder.follow(output);
        }
        return new Run(
                folder,
                workers,
                new ConsoleTraining(shown()),
                maxMemory == null ? OptionalLong.empty() : OptionalLong.of(maxMemory));
    }

    private static Part required(@Nullable Part part) {
        if (part == null) {
            throw new IllegalArgumentException("what is to be trained is missing: one of "
                    + Arrays.toString(Part.values()) + " and a recipe, or --resume FOLDER");
        }
        return part;
    }

    private static Part part(RunFolder folder) {
        return Part.find(folder.part())
                .orElseThrow(() -> new IllegalArgumentException(folder.path() + ": holds a run of '" + folder.part()
                        + "'; known: " + Arrays.toString(Part.values())));
    }
}
