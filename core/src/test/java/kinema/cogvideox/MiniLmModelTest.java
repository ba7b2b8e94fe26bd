package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Parameters;
import kinema.weights.SafetensorsWriter;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of this engine's own making: MiniLM reads the prompt, no tokenizer folder, a short text. */
class MiniLmModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TransformerConfig CONFIG =
            TransformerConfig.tiny(false).with(Map.of("text_embed_dim", 384, "max_text_seq_length", 12));

    @TempDir
    Path folder;

    @Test
    void aModelWithMiniLmGeneratesFromItsPrompt() throws IOException {
        layOut();
        Kinema.setThreads(1);
        try (VideoModel model = Kinema.open(folder);
                Generation boat = generate(model, "a red boat on the sea");
                Generation again = generate(model, "a red boat on the sea");
                Generation rocket = generate(model, "a blue rocket in the night sky")) {
            assertThat(boat.tensors().get("prompt_embeds").shape()).containsExactly(1, 12, 384);
            assertThat(boat.tokens()).isEqualTo(8); // six words between the start and end token
            float[] latents = Tensors.floats(boat.tensors().get("latents_step1"));
            assertThat(Tensors.floats(again.tensors().get("latents_step1"))).containsExactly(latents);
            assertThat(Tensors.floats(rocket.tensors().get("latents_step1"))).isNotEqualTo(latents);
        }
    }

    /** Else it would be found after the text was encoded. */
    @Test
    void aTransformerForAnotherTextEncoderIsRefused() throws IOException {
        layOut();
        Path config = folder.resolve("transformer/config.json");
        ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
        JSON.writeValue(config.toFile(), json.put("text_embed_dim", 4096));
        assertThatThrownBy(() -> Kinema.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(
                        config + ": 'text_embed_dim' must be 384, the width of the states of MiniLM, which"
                                + " comes with the program, found 4096; do the checkpoints belong together?");
    }

    @Test
    void aTextEncoderForAnotherTransformerIsRefused() throws IOException {
        Golden.model("t2v-2b", folder);
        Path config = folder.resolve("text_encoder/config.json");
        ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
        int width = json.get("d_model").asInt();
        JSON.writeValue(config.toFile(), json.put("d_model", 2 * width));
        assertThatThrownBy(() -> Kinema.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'text_embed_dim' must be " + 2 * width + ", the width of the states of " + config
                        + ", found " + width);
    }

    private static Generation generate(VideoModel model, String prompt) {
        return model.generate(
                GenerationRequest.of(prompt)
                        .seed(1)
                        .steps(2)
                        .frames(9)
                        .tensors(true)
                        .build(),
                GenerationListener.NONE);
    }

    /** A published layout whose transformer is replaced by one for MiniLM's states, with random weights. */
    private void layOut() throws IOException {
        Golden.model("t2v-2b", folder);
        Files.delete(folder.resolve("tokenizer/spiece.model"));
        Path index = folder.resolve("model_index.json");
        ObjectNode json = (ObjectNode) JSON.readTree(index.toFile());
        json.putArray("text_encoder").add("kinema").add("MiniLmEncoder");
        json.putArray("tokenizer").add("kinema").add("WordPieceTokenizer");
        Files.writeString(index, JSON.writeValueAsString(json));
        Files.writeString(folder.resolve("transformer/config.json"), JSON.writeValueAsString(CONFIG.toMap()));
        try (Rng rng = new Rng(2);
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, CONFIG), rng)) {
            rng.normal(parameters.values(), 0, 0.2);
            Path file = folder.resolve("transformer/diffusion_pytorch_model.safetensors");
            SafetensorsWriter.write(file, parameters.parts(parameters.values()), Map.of());
        }
    }
}
