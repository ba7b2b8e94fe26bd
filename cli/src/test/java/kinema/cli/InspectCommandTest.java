package kinema.cli;

import static kinema.cli.Checkpoints.replace;
import static kinema.cli.Checkpoints.replaceInHeader;
import static kinema.cli.Checkpoints.truncate;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private static final long TRANSFORMER = 97_680;
    private static final long VAE = 198_875;
    private static final long TEXT_ENCODER = 64_864;

    @TempDir
    private Path folder;

    @Test
    void showsWhatTheCheckpointIs() {
        Path model = Checkpoints.copy("t2v-2b", folder);

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "folder      " + model,
                        "system      cogvideox",
                        "variant     CogVideoX of its own size: text to video, sincos positions, 2 blocks of 3 heads of 16,"
                                + " made for 9 frames of 96x64",
                        "licence     not stated in the folder",
                        "text_encoder   T5EncoderModel                       64.9 K  F32            1   262.8 kB",
                        "transformer    CogVideoXTransformer3DModel          97.7 K  F32            1   397.0 kB",
                        "total                                              361.4 K                      1.48 MB",
                        "steps              50         denoising steps (a whole number, between 1 and 1000)",
                        "spacing            trailing   how the steps are spread over the timesteps of training (one of"
                                + " trailing, linspace, leading)");
    }

    @Test
    void whatAModelKnowsIsListed() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        Files.writeString(model.resolve("words.txt"), "subjects: bird, " + "flying saucer, ".repeat(8) + "cat\n");

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.out().lines())
                .contains(
                        "All that its training's captions speak of:",
                        "subjects    bird" + ", flying saucer".repeat(5) + ",",
                        "            " + "flying saucer, ".repeat(3) + "cat");
        assertThat(Run.kinema("inspect", model.toString(), "--json").out())
                .contains("\"knows\":{\"subjects\":[\"bird\",");
    }

    @Test
    void jsonHasTheSameInNumbers() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);

        Run run = Run.kinema("inspect", model.toString(), "--json");

        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("system").asText()).isEqualTo("cogvideox");
        assertThat(json.path("parameters").asLong()).isEqualTo(TRANSFORMER + VAE + TEXT_ENCODER);
        assertThat(json.path("networks"))
                .extracting(n -> n.path("name").asText())
                .containsExactly("text_encoder", "transformer", "vae");
        assertThat(json.path("networks").path(1).path("dtypes").path("F32").asLong())
                .isEqualTo(TRANSFORMER);
        assertThat(json.path("problems")).isEmpty();
        assertThat(json.path("settings").path("steps").asInt()).isEqualTo(50);
        assertThat(json.path("settings").path("scheduler").asText()).isEqualTo("ddim");
        JsonNode memory = json.path("memoryBytes");
        long largest = 0;
        for (String stage : List.of("text", "denoise", "decode")) {
            assertThat(memory.path(stage).asLong()).as(stage).isPositive();
            largest = Math.max(largest, memory.path(stage).asLong());
        }
        assertThat(memory.path("peak").asLong())
                .isEqualTo(memory.path("program").asLong() + largest);
    }

    @Test
    void authorsFilesAreDescribedByWhatTheirTensorsTell() throws IOException {
        Path model = Checkpoints.copyAuthors(folder.resolve("model"));

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("variant     CogVideoX of its own size: text to video, sincos positions");
        assertThat(run.out())
                .containsPattern("text_encoder +T5EncoderModel +64\\.9 K +F32 +1 ")
                .containsPattern("transformer +CogVideoXTransformer3DModel +97\\.7 K +\\w+ +1 ")
                .containsPattern("vae +AutoencoderKLCogVideoX +198\\.9 K +\\w+ +1 ")
                .containsPattern("memory +[\\d.]+ MB at the model's own size");
    }

    @Test
    void authorsFilesWithoutTheirTextEncoderOrVaeAreNamed() throws IOException {
        Path model = Checkpoints.copyAuthors(folder.resolve("model"));
        Files.move(model.resolve("t5-v1_1-xxl"), folder.resolve("elsewhere"));
        Files.delete(model.resolve("vae/3d-vae.pt"));

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out())
                .contains("transformer    CogVideoXTransformer3DModel")
                .contains("problem     " + model + ": no text encoder: looked for text_encoder/ and t5-v1_1-xxl/")
                .contains("problem     " + model.resolve("vae/3d-vae.pt") + ": no such file");
    }

    @Test
    void countsShardsAsOneNetwork() {
        Path model = Checkpoints.copy("t2v-5b", folder);

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isZero();
        assertThat(run.out()).containsPattern("transformer +CogVideoXTransformer3DModel +97\\.7 K +F32 +9 ");
        assertThat(run.out()).contains("rotary positions");
    }

    @Test
    void networkThatComesWithKinemaNeedsNoFolder() {
        Run run = Run.kinema("inspect", "../models/kinema-tiny");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out()).containsPattern("text_encoder +MiniLmEncoder +22\\.6 M +F32 +0 +built in");
    }

    /** A network for other states than its own. */
    @Test
    void networkThatComesWithKinemaHasToSuitTheOthers() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        Path index = model.resolve("model_index.json");
        Files.writeString(
                index,
                Files.readString(index)
                        .replaceAll("\"transformers\",\\s+\"T5EncoderModel\"", "\"kinema\", \"MiniLmEncoder\""));

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out()).contains("'text_embed_dim' must be 384, the width of the states of MiniLM");
    }

    @Test
    void licenceComesFromTheReadme() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        Files.writeString(model.resolve("README.md"), "---\nlicense: apache-2.0\ntags: [video]\n---\nlicense: none\n");

        assertThat(Run.kinema("inspect", model.toString()).out()).contains("licence     apache-2.0 (README.md)");
    }

    @Test
    void licenceNamedByItsAuthorsWinsOverOther() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        Files.writeString(model.resolve("README.md"), "---\nlicense: other\nlicense_name: cogvideox\n---\n");

        assertThat(Run.kinema("inspect", model.toString()).out()).contains("licence     cogvideox (README.md)");
    }

    @Test
    void licenceFileGivesItsFirstLine() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        Files.writeString(model.resolve("LICENSE"), "\n   Apache License\n   Version 2.0\n");

        assertThat(Run.kinema("inspect", model.toString()).out()).contains("licence     Apache License (LICENSE)");
    }

    @Test
    void damageIsListedBesideWhatCanBeRead() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        truncate(model.resolve("vae/diffusion_pytorch_model.safetensors"), 1000);
        Files.delete(model.resolve("transformer/config.json"));
        Files.delete(model.resolve("scheduler/scheduler_config.json"));

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out())
                .contains("text_encoder   T5EncoderModel", "transformer    CogVideoXTransformer3DModel")
                .contains("problem     " + model.resolve("scheduler/scheduler_config.json") + ": no such file")
                .contains("problem     " + model.resolve("transformer/config.json") + ": no such file")
                .contains("problem     " + model.resolve("vae/diffusion_pytorch_model.safetensors") + ": ")
                .doesNotContain("memory  ");
        assertThat(run.lastError()).startsWith("kinema: " + model + ": 3 problems, the first: ");
    }

    @Test
    void aPartThatTheIndexNamesAndThatIsNotThereIsNamed() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        replace(model.resolve("model_index.json"), "\"scheduler\"", "\"schedule\"");

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out())
                .contains("problem     " + model.resolve("model_index.json")
                        + " names the part 'schedule', which is not there: "
                        + model.resolve("schedule/config.json") + ": no such file");
    }

    @Test
    void weightsThatDoNotFitTheConfigAreNamed() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        replace(model.resolve("transformer/config.json"), "\"num_layers\": 2", "\"num_layers\": 1");
        replaceInHeader(
                model.resolve("vae/diffusion_pytorch_model.safetensors"),
                "decoder.conv_in.conv.bias",
                "decoder.conv_in.other");

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out().lines())
                .anyMatch(line -> line.matches("problem     .*/transformer: unexpected tensors \\(\\d+\\):"
                        + " transformer_blocks\\.1\\.attn1\\..*; …"))
                .contains(
                        "problem     " + model.resolve("vae") + ": missing tensors (1): decoder.conv_in.conv.bias",
                        "problem     " + model.resolve("vae") + ": unexpected tensors (1): decoder.conv_in.other");
    }

    @Test
    void shapesThatDoNotFitTheConfigAreNamed() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        replace(model.resolve("transformer/config.json"), "\"text_embed_dim\": 32", "\"text_embed_dim\": 64");

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.out())
                .contains("problem     " + model.resolve("transformer") + ": tensors of another shape than config.json"
                        + " asks for (1): patch_embed.text_proj.weight needs [48, 64], the file has [48, 32]");
    }

    @Test
    void everyNetworkFolderMayBeMissing() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Files.copy(model.resolve("model_index.json"), empty.resolve("model_index.json"));

        Run run = Run.kinema("inspect", empty.toString(), "--json");

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out()).contains("scheduler", "text_encoder", "tokenizer", "transformer", "vae");
    }

    @Test
    void unknownSystemListsTheKnown() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder);
        replace(model.resolve("model_index.json"), "CogVideoXPipeline", "WanPipeline");

        Run run = Run.kinema("inspect", model.toString());

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.err())
                .contains("unknown pipeline 'WanPipeline'; known: CogVideoPipeline, CogVideoXFunControlPipeline, ");
        assertThat(run.out()).isEmpty();
    }
}
