package kinema.cogvideox.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SatFilesTest {
    @TempDir
    Path folder;

    @Test
    void theTransformerIsThatOfTheLatestIteration() throws IOException {
        assertThat(transformer()).isNull();
        Path first = touch("transformer/1000/mp_rank_00_model_states.pt");
        assertThat(transformer()).isEqualTo(first);
        Path second = touch("transformer/2000/mp_rank_00_model_states.pt");
        assertRefused("transformer: 2 iterations (1000, 2000); write the name of one into " + folder);
        Path latest = Files.writeString(folder.resolve("transformer/latest"), "2000\n");
        assertThat(transformer()).isEqualTo(second);
        Files.writeString(latest, "3000");
        assertRefused("3000/mp_rank_00_model_states.pt: no such file; download the authors' transformer folder again");
        Files.write(latest, new byte[] {0, -1, 5});
        assertRefused("latest: must hold the name of a folder beside it, such as 1000; download it again");
    }

    @Test
    void aTransformerInSeveralFilesIsRefusedWithTheirNames() throws IOException {
        touch("transformer/mp_rank_01_model_states.pt");
        assertRefused("mp_rank_00_model_states.pt: no such file, only mp_rank_01_model_states.pt, which is a part");
        touch("transformer/mp_rank_00_model_states.pt");
        assertRefused("transformer: the transformer is split over 2 files (mp_rank_00_model_states.pt,"
                + " mp_rank_01_model_states.pt), one for each rank of model-parallel training; these cannot be put"
                + " together here: merge them into one mp_rank_00_model_states.pt with the training code");
    }

    @Test
    void theVaeIsTheUsualFileOrTheOnlyOne() throws IOException {
        SatFiles files = new SatFiles(folder);
        assertThatThrownBy(files::requiredVae)
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("vae/3d-vae.pt: no such file, and no single other .pt beside it; the authors give"
                        + " it out in a vae.zip of its own");
        Path only = touch("vae/mine.pt");
        assertThat(files.requiredVae()).isEqualTo(only);
        touch("vae/other.pt");
        assertThatThrownBy(files::requiredVae).isInstanceOf(WeightsException.class);
        Path usual = touch("vae/3d-vae.pt");
        assertThat(files.requiredVae()).isEqualTo(usual);
    }

    private Path transformer() {
        return new SatFiles(folder).transformer();
    }

    private void assertRefused(String message) {
        assertThatThrownBy(this::transformer)
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(message);
    }

    private Path touch(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }
}
