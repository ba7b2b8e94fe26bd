package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.train.Recipes;
import kinema.train.world.World;
import kinema.train.world.WorldClips;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way in miniature: recipe, VAE, cache, transformer, model folder, video. */
class TrainedModelTest {
    private static final String OPTIMIZER = """
            optimizer: {learning_rate: 1.0e-3, schedule: cosine, warmup: 1, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, clip: 1.0, ema: 0.9}
            log_every: 1
            sample_every: 2
            save_every: 1000
            """;

    @TempDir
    Path folder;

    @Test
    void aModelTrainedByRecipesMakesVideo() throws IOException {
        List<String> lines = new ArrayList<>();
        new VaeTrainer(Recipes.read(vaeRecipe(), VaeRecipe.class), new WorldClips(new World()), lines::add).run();
        Path recipe = transformerRecipe(6);
        new TransformerTrainer(Recipes.read(recipe, TransformerRecipe.class), new WorldClips(new World()), lines::add)
                .run();

        assertThat(lines).contains("cached 6 of 6 clips").anyMatch(line -> line.startsWith("step 2/2"));
        assertThat(folder.resolve("vae-run/sample-000002.png")).isNotEmptyFile();
        assertThat(folder.resolve("run/sample-000002.png")).isNotEmptyFile();
        try (VideoModel model = Kinema.open(folder.resolve("model"));
                Generation made = model.generate(
                        GenerationRequest.of("a red rocket").seed(1).build(), GenerationListener.NONE)) {
            assertThat(made.video().frames()).hasSize(9);
            assertThat(made.video().width()).isEqualTo(16);
            assertThat(model.settings().standard().values()).containsEntry("steps", 3);
        }

        Path other = transformerRecipe(6, "seed: 2");
        assertThatThrownBy(() -> new TransformerTrainer(
                                Recipes.read(other, TransformerRecipe.class), new WorldClips(new World()), lines::add)
                        .run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clips-000000.safetensors: made from")
                .hasMessageContaining("delete the folder to make it again");
    }

    private Path vaeRecipe() throws IOException {
        return Files.writeString(
                folder.resolve("vae.yaml"),
                """
                seed: 1
                output: %s
                model: %s
                network: {block_out_channels: [4, 4, 4, 4], layers_per_block: 1, latent_channels: 4, norm_num_groups: 2}
                size: 16
                stages:
                  - {steps: 1, frames: 1, batch: 2}
                  - {steps: 1, frames: 9, batch: 1}
                subject: 1.0
                edges: 0.5
                kl: 1.0e-4
                """.formatted(folder.resolve("vae-run"), folder.resolve("model")) + OPTIMIZER);
    }

    private Path transformerRecipe(int clips) throws IOException {
        return transformerRecipe(clips, "seed: 1");
    }

    private Path transformerRecipe(int clips, String seed) throws IOException {
        return Files.writeString(
                folder.resolve("transformer.yaml"),
                """
                %s
                output: %s
                model: %s
                network: {heads: 1, head_dim: 16, layers: 1, time_embed_dim: 16, max_text_length: 24, rotary: true, snr_shift: 1.0}
                data: {clips: %d, frames: 9}
                steps: 2
                batch: 3
                text_dropout: 0.5
                precision: bf16
                sampling: {steps: 3, guidance: 2.0}
                """.formatted(seed, folder.resolve("run"), folder.resolve("model"), clips) + OPTIMIZER);
    }
}
