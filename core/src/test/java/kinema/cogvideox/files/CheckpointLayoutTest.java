package kinema.cogvideox.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import kinema.cogvideox.CogVideoX;
import kinema.system.OpenOptions;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening a published layout: what each file may say, and what a damaged folder ends in. */
class CheckpointLayoutTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @BeforeEach
    void layOut() {
        Golden.model("t2v-2b", folder);
    }

    @Test
    void aModelMayStateItsOwnDefaults() throws IOException {
        edit(
                "model_index.json",
                index -> index.putObject("_kinema")
                        .put("steps", 20)
                        .put("guidance", 4.5)
                        .put("fps", 12)
                        .put("frames", 17)
                        .put("width", 64)
                        .put("height", 48));
        try (VideoPipeline pipeline = new CogVideoX().open(folder, OpenOptions.DEFAULT)) {
            assertThat(pipeline.rules().size()).isEqualTo(new VideoSize(64, 48, 17, 12));
            assertThat(pipeline.rules().settings().standard().values())
                    .containsEntry("scheduler", "ddim")
                    .containsEntry("steps", 20)
                    .containsEntry("guidance", 4.5);
        }
    }

    @Test
    void withoutItsOwnAModelTakesThoseOfTheAuthors() {
        try (VideoPipeline pipeline = new CogVideoX().open(folder, OpenOptions.DEFAULT)) {
            assertThat(pipeline.rules().size()).isEqualTo(new VideoSize(96, 64, 9, 8));
            assertThat(pipeline.rules().settings().standard().values())
                    .containsEntry("scheduler", "ddim")
                    .containsEntry("steps", 50)
                    .containsEntry("guidance", 6.0);
        }
    }

    @Test
    void partsOfUnknownClassesAreRefused() throws IOException {
        edit(
                "model_index.json",
                index -> index.putArray("text_encoder").add("transformers").add("CLIPTextModel"));
        assertRefused("unknown text_encoder 'CLIPTextModel'; known: T5EncoderModel, MiniLmEncoder");
        edit(
                "model_index.json",
                index -> index.putArray("text_encoder").add("transformers").add("T5EncoderModel"));
        edit(
                "model_index.json",
                index -> index.putArray("tokenizer").add("transformers").add("CLIPTokenizer"));
        assertRefused("unknown tokenizer 'CLIPTokenizer'; known: T5Tokenizer, WordPieceTokenizer");
        edit(
                "model_index.json",
                index -> index.putArray("scheduler").add("diffusers").add("EulerDiscreteScheduler"));
        assertRefused("unknown scheduler 'EulerDiscreteScheduler'; known: CogVideoXDDIMScheduler,");
        edit("model_index.json", index -> index.remove("scheduler"));
        assertRefused("'scheduler' must be [library, class], found nothing");
    }

    @Test
    void schedulesThisEngineDoesNotHaveAreRefused() throws IOException {
        String file = "scheduler/scheduler_config.json";
        edit(file, c -> c.put("prediction_type", "epsilon"));
        assertRefused("'prediction_type' must be v_prediction, found epsilon");
        edit(file, c -> c.put("prediction_type", "v_prediction").put("timestep_spacing", "karras"));
        assertRefused("'timestep_spacing': unknown spacing 'karras'; known: trailing, linspace, leading");
        edit(file, c -> c.put("timestep_spacing", "leading").put("steps_offset", 1000));
        assertRefused("'steps_offset' must be from 0 to 999, found 1000");
        edit(file, c -> c.put("steps_offset", -1));
        assertRefused("'steps_offset' must be from 0 to 999, found -1");
        edit(file, c -> c.put("steps_offset", 0).put("set_alpha_to_one", false));
        assertRefused("needs set_alpha_to_one");
        edit(file, c -> c.remove("prediction_type"));
        assertRefused("'prediction_type' must be v_prediction, found epsilon");
        Files.delete(folder.resolve(file));
        assertRefused("scheduler_config.json: no such file");
    }

    @Test
    void aTransformerForOtherInputsIsRefused() throws IOException {
        edit("transformer/config.json", c -> c.put("in_channels", 32));
        assertRefused("text to video needs in_channels 16 and out_channels 16 for the VAE's 16, found 32 and 16");
    }

    @Test
    void aModelOfAnotherTaskIsRefused() throws IOException {
        edit("model_index.json", index -> index.put("_class_name", "CogVideoXImageToVideoPipeline"));
        assertRefused("image to video needs in_channels 32 and out_channels 16 for the VAE's 16, found 16 and 16");
        edit("model_index.json", index -> index.put("_class_name", "CogVideoXFunControlPipeline"));
        assertRefused("control video to video needs in_channels 32");
        edit("model_index.json", index -> index.put("_class_name", "WanPipeline"));
        assertRefused("model_index.json: 'WanPipeline' is no CogVideoX pipeline");
    }

    @Test
    void weightsOfAnotherVariantAreRefused() throws IOException {
        edit("transformer/config.json", c -> c.put("num_layers", 3));
        assertRefused("transformer: 24 missing (transformer_blocks.2.");
        edit("transformer/config.json", c -> c.put("num_layers", 1));
        assertRefused("0 missing, 24 unexpected (transformer_blocks.1.");
        edit("transformer/config.json", c -> c.put("num_layers", 2).put("time_embed_dim", 32));
        assertRefused("time_embedding.linear_1.weight needs (32, 48), file has (24, 48)");
    }

    @Test
    void aFailedOpeningLeavesNothingOpen() throws IOException {
        new CogVideoX().open(folder, OpenOptions.DEFAULT).close();
        long before = LivePointers.settled();
        edit("vae/config.json", c -> c.put("layers_per_block", 2));
        assertRefused("vae");
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @Test
    void missingPartsAreNamed() throws IOException {
        Files.delete(folder.resolve("tokenizer/spiece.model"));
        assertThatThrownBy(() -> new CogVideoX().open(folder, OpenOptions.DEFAULT))
                .hasMessageContaining("spiece.model: no such file");
        Files.delete(folder.resolve("vae/config.json"));
        assertRefused("config.json: no such file");
    }

    private void edit(String name, Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve(name);
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        change.accept(json);
        Files.writeString(file, JSON.writeValueAsString(json));
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> new CogVideoX().open(folder, OpenOptions.DEFAULT))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(message);
    }
}
