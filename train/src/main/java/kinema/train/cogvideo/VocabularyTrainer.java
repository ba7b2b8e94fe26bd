package kinema.train.cogvideo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.text.IceVocabulary;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.NetworkFolder;
import kinema.train.Run;
import kinema.train.UnusableClipException;
import kinema.train.text.SentencePieceFile;
import kinema.train.text.UnigramTrainer;

/** Trains the vocabulary that captions and prompts are written in, and puts it beside the parts of a model. */
public final class VocabularyTrainer {
    private static final List<String> CONTROLS = List.of("<s>", "</s>", "<pad>");
    private static final String NEWLINE = "<n>"; // behind a clip's duration
    private static final double UNLIKELY = -20; // log probability that a text has it

    /** The smallest clip there can be: of clips only captions are needed. */
    private static final Shape CLIP = new Shape(16, 16, 1);

    private final VocabularyRecipe recipe;
    private final ClipSource source;

    /** A trainer of one recipe, with the clips whose captions it reads. */
    public VocabularyTrainer(VocabularyRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
    }

    /** Trains and writes the vocabulary into the run's folder. */
    public void run(Run run) {
        if (!run.leads()) {
            return;
        }
        List<String> texts = captions(run);
        int captions = texts.size();
        recipe.texts().forEach(text -> texts.addAll(Collections.nCopies(recipe.weight(), text)));
        Map<String, Double> pieces = new LinkedHashMap<>();
        pieces.put(NEWLINE, UNLIKELY);
        pieces.putAll(UnigramTrainer.train(texts, recipe.pieces()));
        Path model = run.folder().model();
        Path file = new CogVideoFiles(model).tokenizer();
        try {
            new NetworkFolder(model).copy(Path.of(recipe.model()), name -> true);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.deleteIfExists(file); // it may be a link to another model's
            SentencePieceFile.write(file, CONTROLS, pieces);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
        IceVocabulary.read(file, 0);
        run.listener().line("wrote " + file + ": " + pieces.size() + " pieces from " + captions + " captions");
    }

    private List<String> captions(Run run) {
        long all = source.count().orElseThrow();
        long count = recipe.captions() == 0 ? all : Math.min(all, recipe.captions());
        List<String> captions = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            try {
                captions.add(source.clip(i, CLIP).caption());
            } catch (UnusableClipException e) {
                run.listener().line("skipped: " + e.getMessage());
            }
        }
        return captions;
    }
}
