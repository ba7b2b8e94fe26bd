package kinema.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Recipes and runs of tests. */
public final class Runs {
    private Runs() {}

    /** The recipe of a text. */
    public static <T> T recipe(String text, Class<T> type) throws IOException {
        Path file = Files.createTempFile("recipe", ".yaml");
        Files.writeString(file, text);
        try {
            return Recipes.read(file, type);
        } finally {
            Files.delete(file);
        }
    }

    /**
     * A run that begins, or goes on where its folder is there.
     *
     * @param until how often it asks whether it is cancelled before it is
     * @param lines takes what is told
     */
    public static Run of(Path output, String part, Object recipe, long until, List<String> lines) {
        RunFolder folder = Files.exists(output.resolve("run.json"))
                ? RunFolder.resume(output)
                : RunFolder.start(output, part, recipe);
        return new Run(folder, new TrainingListener() {
            private long asked;

            @Override
            public void line(String text) {
                lines.add(text);
            }

            @Override
            public boolean cancelled() {
                return asked++ >= until;
            }
        });
    }
}
