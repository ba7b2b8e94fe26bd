package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.train.ClipSource;
import kinema.train.Objective;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.Slot;
import kinema.train.data.Precompute;
import kinema.train.data.Shards;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training of a small image-to-video model: first frames in the shards, their latents beside the clips'. */
class ImageToVideoTest {
    private static final long CHANNELS = 4;

    @TempDir
    Path folder;

    @Test
    void anImageToVideoModelIsTrainedOn() throws IOException {
        Path model = model();
        TransformerRecipe recipe = recipe(model, 0.5);
        List<String> lines = new ArrayList<>();
        new TransformerTrainer(recipe)
                .run(new Run(RunFolder.start(Path.of(recipe.output()), "transformer", recipe), lines::add));
        assertThat(lines).anyMatch(line -> line.startsWith("step 2/2"));
        Path written = Path.of(recipe.output(), "model/transformer/diffusion_pytorch_model.safetensors");
        try (Safetensors weights = Safetensors.open(written)) {
            assertThat(weights.entry("patch_embed.proj.weight").shape()[1]).isEqualTo(2 * CHANNELS);
        }
    }

    @Test
    void thePictureCountsUnlessItIsLeftOut() throws IOException {
        Path model = model();
        assertThat(loss(recipe(model, 0))).isNotEqualTo(loss(recipe(model, 0.999999)));
    }

    /** The loss of a slot of a network whose output depends on all its input. */
    private static double loss(TransformerRecipe recipe) {
        ClipSource source = recipe.data().open(recipe.seed());
        try (TransformerModel model = new TransformerModel(recipe);
                LatentCoder coder = new LatentCoder(model)) {
            Precompute job =
                    new Precompute(Path.of(recipe.output(), "cache"), source, recipe.sizes(), coder, line -> {});
            assertThat(job.run()).isTrue();
            try (Shards shards = job.open();
                    TransformerObjective objective = new TransformerObjective(recipe, model, source, shards, coder);
                    Objective.Loss loss = objective.loss(new Slot(0, 0, 1, 1))) {
                return loss.value().item_double();
            }
        }
    }

    private TransformerRecipe recipe(Path model, double imageDropout) throws IOException {
        Path file = Files.writeString(
                folder.resolve("recipe.yaml"), """
                seed: 1
                output: %s
                start: %s
                data: {sources: [{kind: world, clips: 4}]}
                stages: [{steps: 2, batch: 2, sizes: [16x16x9]}]
                image_dropout: %s
                log_every: 1
                """.formatted(folder.resolve("run"), model, imageDropout));
        return Recipes.read(file, TransformerRecipe.class);
    }

    /** A random model with twice the channels at its input. */
    private Path model() {
        Path model = folder.resolve("model");
        TransformerConfig t = TransformerConfig.tiny(true)
                .with(Map.of(
                        "num_attention_heads", 1,
                        "num_layers", 1,
                        "in_channels", 2 * CHANNELS,
                        "out_channels", CHANNELS,
                        "text_embed_dim", 384,
                        "max_text_seq_length", 24,
                        "sample_width", 2,
                        "sample_height", 2,
                        "spatial_interpolation_scale", 1));
        VaeConfig v = VaeConfig.tiny()
                .with(Map.of(
                        "block_out_channels",
                        List.of(4, 4, 4, 4),
                        "latent_channels",
                        CHANNELS,
                        "scaling_factor",
                        0.7,
                        "sample_height",
                        16,
                        "sample_width",
                        16));
        TrainedFolder out = new TrainedFolder(model);
        try (Rng rng = new Rng(1);
                Parameters transformer = Parameters.init(w -> new ExpertTransformer(w, t), rng);
                Parameters vae = Parameters.init(w -> new Vae(w, v), rng)) {
            rng.normal(transformer.values(), 0, 0.2); // a new network's output is zero
            out.network("transformer", t.toMap(), transformer);
            out.network("vae", v.toMap(), vae);
        }
        out.scheduler(SchedulerFile.COGVIDEOX_5B);
        out.index(Map.of("steps", 2, "guidance", 1.0));
        out.recordDigests();
        return model;
    }
}
