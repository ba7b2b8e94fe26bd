package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.files.FolderLock;
import kinema.train.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs as a user starts them, goes on with them, and puts what they made in place of a model's networks. */
class TrainCommandTest {
    @TempDir
    Path folder;

    @Test
    void aRunKeepsToItsFolderAndIsGoneOnWith() throws IOException {
        Path output = folder.resolve("run");
        Path recipe = recipe(output);
        Run first = Run.kinema("train", "vae", recipe.toString());
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).isEmpty();
        assertThat(first.err())
                .contains("training ", "step 2/2", "s left", "wrote " + output.resolve("model") + "/vae");
        assertThat(output.resolve("model/vae/diffusion_pytorch_model.safetensors"))
                .isNotEmptyFile();
        for (String file : new String[] {"recipe.yaml", "run.json", "metrics.csv", "plots/loss.png"}) {
            assertThat(output.resolve(file)).isNotEmptyFile();
        }

        Run again = Run.kinema("train", "vae", recipe.toString());
        assertThat(again.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(again.err())
                .contains("holds a run after 2 steps; go on with it by 'kinema train --resume " + output + "'");

        Path model = folder.resolve("model");
        Run resumed = Run.kinema("train", "--resume", output.toString(), "--replace", model.toString());
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("going on at step 2 of 2", "replaced the networks of " + model);
        assertThat(model.resolve("vae/config.json")).isNotEmptyFile();

        Run told = Run.kinema("train", "--resume", output.toString(), "--json");
        assertThat(told.err()).isEmpty();
        assertThat(told.out())
                .isEqualTo("{\"file\":\"" + output.resolve("model") + "\",\"part\":\"vae\",\"steps\":2}"
                        + System.lineSeparator());

        Run both = Run.kinema("train", "vae", recipe.toString(), "--resume", output.toString());
        assertThat(both.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(both.err()).contains("--resume takes part and recipe from the folder; give it alone");
    }

    @Test
    void aFolderInUseIsLeftAlone() throws IOException {
        Path output = folder.resolve("run");
        Path recipe = recipe(output);
        try (FolderLock other = RunFolder.lock(output)) {
            Run refused = Run.kinema("train", "vae", recipe.toString());
            assertThat(refused.code()).isEqualTo(ExitCode.USAGE.number());
            assertThat(refused.err())
                    .contains(output + " is in use: another run writes there; wait until it ends, stop it, or choose"
                            + " another folder");
            assertThat(output.resolve("recipe.yaml")).doesNotExist();
        }
        assertThat(Run.kinema("train", "vae", recipe.toString()).code()).isZero();
    }

    @Test
    void aRunThatNeedsMoreMemoryThanItMayUseDoesNotStart() throws IOException {
        Path output = folder.resolve("run");
        Path recipe = recipe(output);
        Run refused = Run.kinema("train", "vae", recipe.toString(), "--max-memory", "300M");
        assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.OUT_OF_MEMORY.number());
        assertThat(refused.err())
                .contains("training needs about ", "300 MB may be used: ")
                .doesNotContain("step 1/2");
        Run allowed = Run.kinema("train", "vae", recipe.toString(), "--max-memory", "1G");
        assertThat(allowed.code()).as(allowed.err()).isZero();
        assertThat(allowed.err()).contains("memory: about ", "1.0 GB may be used", "step 2/2");
    }

    private Path recipe(Path output) throws IOException {
        return Files.writeString(folder.resolve("vae.yaml"), """
                seed: 1
                output: %s
                network: {block_out_channels: [4, 4, 4, 4], latent_channels: 4, norm_num_groups: 2}
                data: {sources: [{kind: world, clips: 20}]}
                stages: [{steps: 2, size: 16x16x1, batch: 1}]
                log_every: 1
                """.formatted(output));
    }
}
