package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.system.OpenOptions;
import kinema.testing.Golden;
import kinema.weights.ConversionListener;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole generations with LoRAs and from authors' files. */
class OpenOptionsTest {
    @TempDir
    Path temp;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void theSameLoraWithTheAuthorsKeysMakesTheSameVideo() throws IOException {
        Path model = Golden.model("lora-5b", temp);
        Path published = Golden.folder("lora-5b").resolve("pytorch_lora_weights.safetensors");
        Path authors = Golden.folder("lora-5b").resolve("sat_lora.pt");

        Generation expected = generate(model, OpenOptions.DEFAULT.withLora(published, 0.8));
        Generation same = generate(model, OpenOptions.DEFAULT.withLora(authors, 0.8));
        Generation twice =
                generate(model, OpenOptions.DEFAULT.withLora(published, 0.5).withLora(published, 0.3));
        Generation without = generate(model, OpenOptions.DEFAULT);

        assertThat(farthest(same, expected)).isLessThanOrEqualTo(1);
        assertThat(farthest(twice, expected)).isLessThanOrEqualTo(1);
        assertThat(farthest(without, expected)).isGreaterThan(2);
        JsonNode note = new ObjectMapper()
                .readTree(same.provenance().toJson())
                .path("loras")
                .path(0);
        assertThat(note.path("name").asText()).isEqualTo("sat_lora.pt");
        assertThat(note.path("scale").asDouble()).isEqualTo(0.8);
        assertThat(note.path("digest").asText()).hasSize(64);
        assertThat(without.provenance().toJson()).doesNotContain("loras");
    }

    @Test
    void aLoraOfAnotherModelIsRefused() {
        Path model = Golden.model("t2v-2b", temp);
        Path lora = Golden.folder("lora-5b").resolve("model/transformer/diffusion_pytorch_model.safetensors");
        assertThatThrownBy(() -> Kinema.open(model, OpenOptions.DEFAULT.withLora(lora, 1)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("not a LoRA that can be read: 'norm_final.bias' and");
    }

    @Test
    void authorsFilesGenerateAsTheyAreAndConverted() throws IOException {
        Path authors = Golden.authors(Files.createDirectory(temp.resolve("authors")));
        Path published = Golden.model("t2v-2b", Files.createDirectory(temp.resolve("published")));
        Path converted = temp.resolve("converted");
        Kinema.convert(authors, converted, ConversionListener.NONE);

        Generation expected = generate(published, OpenOptions.DEFAULT);
        for (Path model : new Path[] {authors, converted}) {
            assertThat(Kinema.system(model)).isEqualTo("cogvideox");
            // Where a weight lies in memory can change the last bit of a product, and a pixel on the edge with it.
            assertThat(farthest(generate(model, OpenOptions.DEFAULT), expected))
                    .as(model.toString())
                    .isLessThanOrEqualTo(1);
        }
        assertThat(Kinema.describe(authors).variant())
                .isEqualTo(Kinema.describe(published).variant());
        assertThat(Kinema.digest(authors)).isNotEqualTo(Kinema.digest(published));
    }

    private static Generation generate(Path folder, OpenOptions options) {
        GenerationRequest request = GenerationRequest.of("a bird")
                .seed(4)
                .steps(2)
                .frames(9)
                .size(32, 32)
                .build();
        try (VideoModel model = Kinema.open(folder, options)) {
            assertThat(model.notes()).hasSize(options.loras().size());
            return model.generate(request, GenerationListener.NONE);
        }
    }

    /** The largest difference of two pixels. */
    private static int farthest(Generation a, Generation b) {
        int farthest = 0;
        for (int i = 0; i < a.video().frames().size(); i++) {
            byte[] one = a.video().frames().get(i);
            byte[] other = b.video().frames().get(i);
            for (int k = 0; k < one.length; k++) {
                farthest = Math.max(farthest, Math.abs((one[k] & 0xff) - (other[k] & 0xff)));
            }
        }
        return farthest;
    }
}
