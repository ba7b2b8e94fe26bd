package kinema.train.cogvideo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import kinema.cogvideo.CogVideo;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Stage;
import kinema.text.KnownWords;
import kinema.train.Learner;
import kinema.train.NetworkFolder;
import kinema.train.Run;
import kinema.train.TrainingLoop;
import kinema.train.TrainingMemory;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/**
 * Trains a network that makes tokens on rows of tokens: the text-to-image model on pictures, then what the two stages and super-resolution
 * add to it, beside it as it is or together with it. Each run's {@code model/} holds the parts it was given and the one it trained; with the last part it is a whole model.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo</a>
 */
public final class PartTrainer {
    /** What can be trained. */
    public enum Kind {
        /** The text-to-image model, on rows of pictures. */
        BASE(Part.BASE, TokenRecipe.Rows.PICTURES),
        /** What the first stage adds, on rows of clips. */
        KEYFRAMES(Part.KEYFRAMES, TokenRecipe.Rows.CLIPS),
        /** What the second stage adds, on rows of clips. */
        INTERPOLATION(Part.INTERPOLATION, TokenRecipe.Rows.CLIPS),
        /** What super-resolution adds, on rows of pairs. */
        UPSCALER(Part.UPSCALER, TokenRecipe.Rows.PAIRS);

        private final Part part;
        private final TokenRecipe.Rows rows;

        Kind(Part part, TokenRecipe.Rows rows) {
            this.part = part;
            this.rows = rows;
        }
    }

    private final Kind kind;
    private final PartRecipe recipe;

    /** A trainer of one recipe. */
    public PartTrainer(Kind kind, PartRecipe recipe) {
        this.kind = kind;
        this.recipe = recipe;
    }

    /** Trains, or goes on training, and writes what is there of a model into the run's folder. */
    public void run(Run run) {
        try (TokenFolders folders = TokenFolders.open(recipe, kind.rows);
                Trained trained = trained(run, folders.first().about())) {
            Optional<KnownWords> words = words(folders.words());
            PartObjective objective = new PartObjective(recipe, trained, folders.all());
            run.listener().line(objective.shares());
            Learner learner = new Learner(trained.parameters(), recipe.optimizer(), objective);
            boolean ended = new TrainingLoop(run, recipe.pace(), recipe.seed(), learner)
                    .run(step -> tell(run, objective.heldOut()));
            if (ended && run.leads()) {
                write(run, trained, words);
            }
        }
    }

    private Trained trained(Run run, TokenRows.About about) {
        PartSizes sizes = new PartSizes(recipe, about);
        sizes.checkFolder(kind.part);
        recipe.precision().tell(run);
        memory(new PartMemory(sizes)).tell(run, "a smaller batch or a smaller network takes less");
        checkStated(sizes.files(), sizes.files().clusters(about.imageTokens()));
        return switch (kind) {
            case BASE -> new TrainedBase(sizes);
            case KEYFRAMES -> new TrainedStage(Stage.KEYFRAMES, sizes);
            case INTERPOLATION -> new TrainedStage(Stage.INTERPOLATION, sizes);
            case UPSCALER -> new TrainedUpscaler(sizes);
        };
    }

    private TrainingMemory memory(PartMemory memory) {
        return switch (kind) {
            case BASE -> memory.ofBase();
            case KEYFRAMES -> memory.ofStage(Stage.KEYFRAMES);
            case INTERPOLATION -> memory.ofStage(Stage.INTERPOLATION);
            case UPSCALER -> memory.ofUpscaler();
        };
    }

    private static void tell(Run run, double... losses) {
        String each = Arrays.stream(losses)
                .mapToObj(loss -> String.format(Locale.ROOT, "%.4f", loss))
                .collect(Collectors.joining(", "));
        run.listener().line("held-out rows: " + each + " nats a token");
    }

    private void write(Run run, Trained trained, Optional<KnownWords> words) {
        Path model = run.folder().model();
        NetworkFolder folder = new NetworkFolder(model);
        List<String> own = trained.parts().stream().map(Part::key).toList();
        folder.copy(recipe.folder(), name -> !own.contains(name) && !name.equals(ModelIndex.NAME));
        trained.write(folder);
        if (trained.parts().contains(Part.BASE)) {
            keepBase(model);
        }
        List<Part> there = Arrays.stream(Part.values())
                .filter(p -> Files.isDirectory(model.resolve(p.key())))
                .toList();
        Map<String, Object> index = new LinkedHashMap<>(CogVideoFiles.index(there));
        index.put(ModelIndex.OWN, stated());
        folder.json(ModelIndex.NAME, index);
        folder.words(words);
        run.listener()
                .line("wrote " + model + " with "
                        + there.stream().map(Part::key).toList());
    }

    /** A new text-to-image model knows its rows' words; what is trained further, or beside it, those that it had listed and more. */
    private Optional<KnownWords> words(Optional<KnownWords> learned) {
        return kind == Kind.BASE && recipe.startsAnew()
                ? learned
                : KnownWords.of(recipe.folder()).flatMap(known -> learned.map(known::with));
    }

    /** Later stages that go by the model's text-to-image model keep the one that they were trained beside. */
    private void keepBase(Path model) {
        CogVideoFiles before = new CogVideoFiles(recipe.folder());
        for (Part later : List.of(Part.INTERPOLATION, Part.UPSCALER)) {
            if (before.has(later) && before.resolved(later.base()) == Part.BASE) {
                new NetworkFolder(model.resolve(later.base().key())).copy(before.folder(Part.BASE.key()), name -> true);
            }
        }
    }

    /** Before training, what the model would be refused for after it. */
    private void checkStated(CogVideoFiles files, long[] clusters) {
        try {
            CogVideo.checkStated(files.stated(), clusters);
        } catch (IllegalArgumentException e) {
            throw new WeightsException(files.folder().resolve(ModelIndex.NAME) + ": " + e.getMessage(), e);
        }
        CogVideo.checkStated(stated(), clusters);
    }

    /** What the model in the folder states, then what the recipe says; of a new text-to-image model that it reads English, if nothing else. */
    private Map<String, Object> stated() {
        Map<String, Object> stated = new LinkedHashMap<>(new CogVideoFiles(recipe.folder()).stated());
        stated.putAll(recipe.defaults());
        if (kind == Kind.BASE && recipe.startsAnew()) {
            stated.putIfAbsent("language", "English");
        }
        return stated;
    }
}
