package kinema.train.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.text.KnownWords;
import kinema.train.Recipes;
import kinema.train.world.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way in miniature: recipes, pictures, and stage after stage, to a model that makes videos. */
class StageTrainingTest {
    private static final String SMALL = TinyShow1.WIDTHS + "\nscale: 2\ncondition_noise: 300\n"
            + "sampling: {steps: 1, guidance: 2.0, noise_level: 100}\n";

    private static final String VAE = """
        network: {widths: [8, 8, 8], groups: 4}
        data: {sources: [{kind: world, clips: 40}]}
        stages: [{steps: 2, size: 32x32x1, batch: 2}]
        pictures: {subject: 1.0, edges: 0.5}
        log_every: 1
        sample_every: 2
        """;

    @TempDir
    private Path folder;

    /** Each run's model makes what the stages so far make. */
    @Test
    void aModelGrowsStageByStage() throws IOException {
        TinyShow1 tiny = new TinyShow1(folder);
        TinyShow1.train(StageKind.IMAGES, tiny.recipe("images", "16x16x29", SMALL));
        String pictures = tiny.model("images").resolve("IF-I-L-v1.0").toString();
        List<String> lines = TinyShow1.train(
                StageKind.BASE,
                tiny.recipe("base", "16x16x29", SMALL + "sample_every: 2\nlayers: temporal\nstart: " + pictures));
        assertThat(lines)
                .contains("precomputed 4 of 4 clips")
                .anyMatch(line -> line.matches("held-out clips: [0-9.]+ squared error"));
        assertThat(folder.resolve("base/samples/step-0000002.png")).isNotEmptyFile();
        makes(tiny.model("base"), 8, 16);
        assertThat(KnownWords.of(tiny.model("base"))).contains(new World().words());

        String base = "model: " + tiny.model("base") + "\nstart: "
                + tiny.model("base").resolve("show-1-base");
        TinyShow1.train(StageKind.INTERPOLATION, tiny.recipe("between", "16x16x29", SMALL + base));
        makes(tiny.model("between"), 29, 16);

        String between = "model: " + tiny.model("between");
        TinyShow1.train(StageKind.FIRST_FRAME, tiny.recipe("first", "32x32x29", SMALL + between));
        makes(tiny.model("first"), 29, 16);
        String first = "model: " + tiny.model("first") + "\nlayers: temporal\nstart: "
                + tiny.model("first").resolve("IF-II-L-v1.0");
        TinyShow1.train(StageKind.UPSCALING, tiny.recipe("large", "32x32x29", SMALL + first));
        makes(tiny.model("large"), 29, 32);

        String vae = "seed: 1\noutput: " + folder.resolve("vae") + "\nmodel: " + tiny.model("large") + "\n" + VAE;
        AutoencoderRecipe recipe = TinyShow1.read(vae, AutoencoderRecipe.class);
        List<String> told = new ArrayList<>();
        new AutoencoderTrainer(recipe).run(TinyShow1.run(folder.resolve("vae"), recipe, Long.MAX_VALUE, told));
        assertThat(told).anyMatch(line -> line.matches("held-out pictures: .* dB PSNR, .* SSIM"));
        makes(tiny.model("vae"), 29, 32);
        TinyShow1.train(
                StageKind.EXPERT,
                tiny.recipe(
                        "whole", "64x64x29", SMALL.replace("steps: 1", "steps: 2") + "model: " + tiny.model("vae")));
        makes(tiny.model("whole"), 29, 64);
    }

    private static void makes(Path model, int frames, int side) {
        try (VideoModel opened = Kinema.open(model);
                Generation made = opened.generate(
                        GenerationRequest.of("a red rocket").seed(1).build(), GenerationListener.NONE)) {
            assertThat(made.video().frames()).as("%s", model).hasSize(frames);
            assertThat(made.video().width()).isEqualTo(side);
        }
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        TinyShow1 tiny = new TinyShow1(folder);
        String lines = SMALL.replace("[32, 32]", "[32]") + "steps: 3";
        for (StageKind kind : List.of(StageKind.INTERPOLATION, StageKind.UPSCALING)) {
            TinyShow1.train(kind, tiny.recipe("whole-" + kind, "16x16x29", lines));
            StageRecipe parts = tiny.recipe("parts-" + kind, "16x16x29", lines);
            TinyShow1.train(kind, parts, 1);
            TinyShow1.train(kind, parts);
            String file = kind.folder() + "/unet/diffusion_pytorch_model.safetensors";
            assertThat(tiny.model("parts-" + kind).resolve(file))
                    .hasSameBinaryContentAs(tiny.model("whole-" + kind).resolve(file));
        }
    }

    @Test
    void anAutoencoderThatIsInterruptedEndsAsOneThatIsNot() {
        autoencoder("whole", Long.MAX_VALUE);
        autoencoder("parts", 1);
        assertThat(tiny().model("parts")).doesNotExist();
        autoencoder("parts", Long.MAX_VALUE);
        String file = StageKind.EXPERT.folder() + "/vae/diffusion_pytorch_model.safetensors";
        assertThat(tiny().model("parts").resolve(file))
                .hasSameBinaryContentAs(tiny().model("whole").resolve(file));

        String lines = SMALL + "model: " + tiny().model("whole") + "\nsteps: 3\n";
        TinyShow1.train(StageKind.EXPERT, tiny().recipe("expert", "32x32x8", lines));
        StageRecipe parts = tiny().recipe("expert-parts", "32x32x8", lines);
        TinyShow1.train(StageKind.EXPERT, parts, 1);
        TinyShow1.train(StageKind.EXPERT, parts);
        String unet = StageKind.EXPERT.folder() + "/unet/diffusion_pytorch_model.safetensors";
        assertThat(tiny().model("expert-parts").resolve(unet))
                .hasSameBinaryContentAs(tiny().model("expert").resolve(unet));
    }

    private void autoencoder(String name, long most) {
        Path output = folder.resolve(name);
        AutoencoderRecipe recipe = TinyShow1.read("seed: 1\noutput: " + output + "\n" + VAE, AutoencoderRecipe.class);
        new AutoencoderTrainer(recipe).run(TinyShow1.run(output, recipe, most, new ArrayList<>()));
    }

    private TinyShow1 tiny() {
        return new TinyShow1(folder);
    }

    /** Each recipe takes what another makes, and the last makes the model. */
    @Test
    void theBundledRecipesSuitOneAnother() {
        String start = "../recipes/kinema-show1-tiny";
        Set<String> made = new HashSet<>(Set.of(""));
        for (StageKind kind : StageKind.values()) {
            String name = kind == StageKind.EXPERT
                    ? ""
                    : "-" + kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (kind == StageKind.EXPERT) {
                AutoencoderRecipe vae = Recipes.read(Path.of(start + "-autoencoder.yaml"), AutoencoderRecipe.class);
                assertThat(made).contains(vae.model());
                made.add(vae.output() + "/model");
            }
            StageRecipe recipe = Recipes.read(Path.of(start + name + ".yaml"), StageRecipe.class);
            recipe.check(kind);
            assertThat(made).contains(recipe.model(), recipe.start());
            made.add(recipe.output() + "/model");
            made.add(recipe.output() + "/model/" + kind.folder());
        }
        assertThat(made).contains("work/kinema-show1-tiny/model");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BASE | 16x16x28 | '' | the frames of size must be 4k+1 for key frames and those between them, found"
                        + " 16x16x28",
                "BASE | 16x16x1 | '' | the frames of size must be 4k+1 for key frames and those between them, found"
                        + " 16x16x1",
                "UPSCALING | 16x16x7 | '' | the frames of size must be at least 8 for this stage, found 16x16x7",
                "UPSCALING | 18x16x29 | scale: 4 | size must have multiples of scale, 4, pixels, found 18x16x29",
                "UPSCALING | 16x16x29 | condition_noise: 99 | condition_noise must reach sampling.noise_level, 100, so"
                        + " that the network knows that noise, found 99",
                "IMAGES | 16x16x29 | layers: temporal | layers: temporal keeps the other layers as they start: start"
                        + " must be given, found none",
                "FIRST_FRAME | 16x16x29 | 'layers: temporal;start: x' | layers must be all where a network makes"
                        + " single pictures, which it has no others for, found temporal",
                "BASE | 16x16x29 | 'network: {widths: []}' | network.widths must be given for a new network, found []",
                "BASE | 16x16x29 | text_dropout: 1 | text_dropout must be in [0, 1), found 1.0",
                "BASE | 16x16x29 | scale: 1 | scale must be above 1, found 1",
                "BASE | 16x16x29 | condition_noise: -1 | condition_noise must be 0 or more, found -1",
                "BASE | 16x16x29 | text_tokens: 0 | text_tokens must be above 0, found 0",
                "BASE | 16x16x29 | layers: spatial | the key 'layers' must be one of all, temporal, found 'spatial'",
                "EXPERT | 16x16x29 | '' | the expert works in latents of an autoencoder, which neither start '' nor"
                        + " model '' has; train one by 'kinema train show1-autoencoder' and give its model/ as model",
            })
    void whatDoesNotSuitIsRefused(StageKind kind, String size, String lines, String message) {
        String all = SMALL + (lines == null ? "" : "\n" + lines.replace(';', '\n'));
        for (String key : List.of("scale:", "condition_noise:", "network:")) {
            if (lines != null && lines.startsWith(key)) {
                all = all.replaceFirst("(?m)^" + key + ".*$", "");
            }
        }
        String given = all;
        assertThatThrownBy(() -> TinyShow1.train(kind, new TinyShow1(folder).recipe("run", size, given)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** What is just enough is taken. */
    @Test
    void noiseThatReachesTheSamplersIsEnough() {
        String lines = SMALL.replace("condition_noise: 300", "condition_noise: 100");
        StageRecipe recipe = new TinyShow1(folder).recipe("run", "16x16x8", lines);
        assertThatCode(() -> recipe.check(StageKind.UPSCALING)).doesNotThrowAnyException();
    }

    /** One clip is learned by heart. */
    @Test
    void oneClipIsLearnedByHeart() throws IOException {
        String lines = "steps: 60\naccumulate: 1\ntext_dropout: 0\n" + SMALL
                + "data: {sources: [{kind: world, clips: 2}]}\noptimizer: {learning_rate: 3.0e-3, warmup: 5, ema: 0}";
        TinyShow1.train(StageKind.BASE, new TinyShow1(folder).recipe("run", "16x16x5", lines));
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        double last = rows.subList(rows.size() - 10, rows.size()).stream()
                .mapToDouble(row -> Double.parseDouble(row.split(",")[1]))
                .average()
                .orElseThrow();
        assertThat(Double.parseDouble(rows.get(1).split(",")[1])).isGreaterThan(0.9);
        assertThat(last).isLessThan(0.35);
    }
}
