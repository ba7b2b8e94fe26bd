package kinema.train.show1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.TrainingListener;

/** Runs of very small networks in a folder of a test's. */
record TinyShow1(Path folder) {
    private static final String COMMON = """
        text_tokens: 8
        batch: 2
        accumulate: 2
        log_every: 1
        sample_every: 100
        save_every: 1000
        steps: 2
        data: {sources: [{kind: world, clips: 4}]}
        optimizer: {learning_rate: 1.0e-3, warmup: 1, ema: 0.5}
        """;

    static final String WIDTHS = "network: {widths: [32, 32], layers: 1, attention: 1, head_dim: 16, text_width: 32}";

    /** The folder of a run's model. */
    Path model(String run) {
        return folder.resolve(run).resolve("model");
    }

    /** A recipe with these lines, and common ones for the keys that they leave out. */
    StageRecipe recipe(String output, String size, String more) {
        StringBuilder text = new StringBuilder("seed: 3\noutput: " + folder.resolve(output) + "\nsize: " + size + "\n");
        text.append(more).append('\n');
        for (String line : COMMON.lines().toList()) {
            String key = line.substring(0, line.indexOf(':') + 1);
            text.append(more.lines().anyMatch(given -> given.startsWith(key)) ? "" : line + "\n");
        }
        return read(text.toString(), StageRecipe.class);
    }

    /** A recipe from its text. */
    static <T> T read(String text, Class<T> type) {
        try {
            Path file = Files.createTempFile("recipe", ".yaml");
            try {
                Files.writeString(file, text);
                return Recipes.read(file, type);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Trains, or goes on, for at most so many steps; what was told. */
    static List<String> train(StageKind kind, StageRecipe recipe, long most) {
        List<String> lines = new ArrayList<>();
        new StageTrainer(kind, recipe).run(run(Path.of(recipe.output()), recipe, most, lines));
        return lines;
    }

    /** Trains to the end. */
    static List<String> train(StageKind kind, StageRecipe recipe) {
        return train(kind, recipe, Long.MAX_VALUE);
    }

    static Run run(Path output, Object recipe, long most, List<String> lines) {
        RunFolder run = Files.exists(output.resolve("run.json"))
                ? RunFolder.resume(output)
                : RunFolder.start(output, "test", recipe);
        return new Run(run, new TrainingListener() {
            private boolean training;
            private long left = most;

            @Override
            public void line(String text) {
                lines.add(text);
                training |= text.startsWith("training") || text.startsWith("going on");
            }

            @Override
            public boolean cancelled() {
                return training && left-- <= 0;
            }
        });
    }
}
