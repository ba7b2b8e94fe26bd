package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecomputeCommandTest {
    @TempDir
    private Path folder;

    @Test
    void programsAreToldOfTheClipsInOneObject() throws IOException {
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), """
                seed: 1
                output: %s
                vae: ../models/kinema-tiny
                data: {sources: [{kind: world, clips: 2}]}
                network: {heads: 1, head_dim: 16, layers: 1, time_embed_dim: 16}
                stages: [{steps: 1, batch: 2, sizes: [16x16x1]}]
                optimizer: {learning_rate: 1.0e-3}
                """.formatted(folder.resolve("run")));

        Run run = Run.kinema("precompute", recipe.toString(), "--json", "--threads", "1");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(1);
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.path("file").asText())
                .isEqualTo(folder.resolve("run/cache").toString());
        assertThat(result.path("clips").asInt()).isEqualTo(2);
        assertThat(result.path("skipped").asInt()).isZero();
        assertThat(Run.kinema("precompute", recipe.toString()).out()).isEmpty();
    }
}
