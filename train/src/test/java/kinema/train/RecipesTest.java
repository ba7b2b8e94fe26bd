package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.train.cogvideo.ImageRecipe;
import kinema.train.cogvideox.TransformerRecipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes in recipes are named by their keys, in no library's words. */
class RecipesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps: 3 | steps: abc | the key 'stages.1.steps' must be a whole number, found 'abc'",
                "steps: 3, | '' | the key 'stages.1.steps' is missing or has no value",
                "output: run | '' | the key 'output' is missing or has no value",
                "seed: 1 | seed: [ | not valid YAML near line 3; expected lines such as 'seed: 1', inner keys indented by"
                        + " spaces, a list between [ and ] or with - before each entry",
                "precision: bf16 | precision: foo | the key 'precision' must be one of fp32, bf16, found 'foo'",
                "text_dropout: 0.1 | text_dropout: much | the key 'text_dropout' must be a number, found 'much'",
                "text_dropout: 0.1 | text_dropout: {a: 1} | the key 'text_dropout' must be a number, found keys of its own",
                "heads: 4 | heds: 4 | unknown key 'heds'; known: head_dim, heads, layers, max_text_length, rotary, snr_shift,"
                        + " time_embed_dim",
                "text_dropout: 0.1 | lora: {rank: 2, alpha: 2} | lora.targets must have at least one layer, such as to_q,"
                        + " found []",
                "[{steps: 3, batch: 1, sizes: [16x16x1]}] | 7 | the key 'stages' must be a list, found '7'",
            })
    void areNamedByKey(String right, String wrong, String message) throws IOException {
        String recipe = """
                seed: 1
                output: run
                vae: vae
                network: {heads: 4, head_dim: 64, layers: 1, time_embed_dim: 8, max_text_length: 8}
                data: {sources: [{kind: world, clips: 20}]}
                stages: [{steps: 3, batch: 1, sizes: [16x16x1]}]
                text_dropout: 0.1
                precision: bf16
                """;
        refused(recipe.replace(right, wrong), message);
    }

    @Test
    void listsOfPlainValuesMayBeLeftOut() throws IOException {
        String text = """
                seed: 1
                output: run
                network: {channels: 64}
                data: {sources: [{kind: world, clips: 20}]}
                stages: [{steps: 3, batch: 1, size: 16x16x1}]
                """;
        ImageRecipe recipe = Recipes.read(Files.writeString(folder.resolve("recipe.yaml"), text), ImageRecipe.class);
        assertThat(recipe.network().channels()).isEqualTo(64);
        assertThat(recipe.network().multipliers()).containsExactly(1L, 2L, 4L);
    }

    @ParameterizedTest
    @CsvSource({"- a, a list", "'', nothing", "word, '''word'''"})
    void whatIsNoRecipeIsToldApart(String text, String found) throws IOException {
        refused(text, "a recipe has a line 'key: value' for each of its keys, found " + found);
    }

    private void refused(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("recipe.yaml"), text);
        assertThatThrownBy(() -> Recipes.read(file, TransformerRecipe.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": " + message);
    }
}
