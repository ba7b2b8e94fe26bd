package kinema.train.cogvideo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kinema.cogvideo.network.Stage;
import kinema.train.Runs;

/**
 * Rows of tokens of the rendered world and short runs on them.
 *
 * @param folder of the rows
 */
record SmallRuns(Path folder) {
    /** Makes rows of all kinds: of pictures of 4 by 4 tokens, of pairs with 8 by 8 too. */
    void tokenize(Path model) throws IOException {
        tokenize(model, "pictures", "rows: pictures\nrates: []\nending: ' 高清摄影'");
        tokenize(model, "clips", "rates: [4, 8]\nwithin: 9\nending: ' 视频'");
        tokenize(model, "pairs", "rows: pairs\nrates: []\ntext_tokens: 23");
    }

    /** Makes rows of one kind. */
    void tokenize(Path model, String name, String more) throws IOException {
        String text = "seed: 3\noutput: " + folder.resolve(name) + "\nmodel: " + model + "\n"
                + (more.contains("side:") ? "" : "side: 32\n")
                + (more.contains("text_tokens:") ? "" : "text_tokens: 24\n")
                + "data: {sources: [{kind: world, clips: 24}]}\n" + more + "\n";
        new Tokenization(Runs.recipe(text, TokenRecipe.class)).run(line -> {});
    }

    /** A recipe of a part that is trained beside those of a model, or, with {@code start: …} among the further lines, on. */
    PartRecipe recipe(PartTrainer.Kind kind, Path output, Path model, String more) throws IOException {
        String rows = switch (kind) {
            case BASE -> "pictures";
            case KEYFRAMES, INTERPOLATION -> "clips";
            case UPSCALER -> "pairs";
        };
        return Runs.recipe(
                "seed: 3\noutput: " + output + "\n" + (more.contains("start:") ? "" : "model: " + model + "\n")
                        + (more.contains("tokens:") ? "" : "tokens: " + folder.resolve(rows) + "\n")
                        + "network: {layers: 2, width: 32, heads: 2, inner: 64}\nwindow: 2\n"
                        + (more.contains("kernel:") ? "" : "kernel: 3\n") + "batch: 4\n"
                        + (more.contains("steps:") ? "" : "steps: 4\n")
                        + (more.contains("sample_every:") ? "" : "sample_every: 3\n")
                        + (more.contains("optimizer:") ? "" : "optimizer: {warmup: 1}\n") + more + "\n",
                PartRecipe.class);
    }

    /** Trains to the end. */
    static List<String> train(PartTrainer.Kind kind, PartRecipe recipe) {
        return train(kind, recipe, Long.MAX_VALUE);
    }

    /**
     * Trains, or goes on.
     *
     * @param until steps after which it is cancelled
     * @return the lines that were told
     */
    static List<String> train(PartTrainer.Kind kind, PartRecipe recipe, long until) {
        List<String> lines = new ArrayList<>();
        new PartTrainer(kind, recipe).run(Runs.of(Path.of(recipe.output()), kind.name(), recipe, until, lines));
        return lines;
    }

    /** The loss of the rows that are held out before the first step. */
    static double heldOut(PartTrainer.Kind kind, PartRecipe recipe) {
        TokenRecipe.Rows of = switch (kind) {
            case BASE -> TokenRecipe.Rows.PICTURES;
            case KEYFRAMES, INTERPOLATION -> TokenRecipe.Rows.CLIPS;
            case UPSCALER -> TokenRecipe.Rows.PAIRS;
        };
        try (TokenRows rows = TokenRows.open(Path.of(recipe.tokens()), of);
                Trained trained = trained(kind, new PartSizes(recipe, rows.about()))) {
            return new PartObjective(recipe, trained, List.of(rows)).heldOut()[0];
        }
    }

    /** A network with what of it a recipe trains. */
    static Trained trained(PartTrainer.Kind kind, PartSizes sizes) {
        return switch (kind) {
            case BASE -> new TrainedBase(sizes);
            case KEYFRAMES -> new TrainedStage(Stage.KEYFRAMES, sizes);
            case INTERPOLATION -> new TrainedStage(Stage.INTERPOLATION, sizes);
            case UPSCALER -> new TrainedUpscaler(sizes);
        };
    }

    /** The file of a part's weights. */
    static byte[] bytes(Path model, String part) throws IOException {
        return Files.readAllBytes(model.resolve(part).resolve("diffusion_pytorch_model.safetensors"));
    }

    /** Copies a folder but for one in it. */
    static void copy(Path from, Path to, String without) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Path inside = from.relativize(file);
                if (!inside.startsWith(without)) {
                    Files.copy(file, to.resolve(inside.toString()));
                }
            }
        }
    }
}
