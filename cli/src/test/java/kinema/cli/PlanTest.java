package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kinema.testing.Golden;
import kinema.video.Picture;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kinema generate} says of memory, and refuses for want of it or of a dtype. */
class PlanTest {
    @TempDir
    private Path folder;

    @Test
    void thePlanIsPrintedAndNothingMade() {
        Path out = folder.resolve("video.mp4");

        Run run = generate("t2v-2b", "--plan", "--dtype", "fp32", "--out", out.toString(), "--max-memory", "8G");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("stage             weights       work   together", "\ntext ", "\ndenoise ", "\ndecode ")
                .contains("computes in fp32", "weights     resident", "pictures    whole", "8.0 GB may be used");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void programsGetItInNumbers() throws IOException {
        Path image = folder.resolve("image.png");
        new Picture(2, 2, new byte[12]).writePng(image);

        Run none = generate("i2v-5b", "--plan", "--json");
        Run run = generate(
                "i2v-5b", ("--plan --json --dtype bf16 --tile 48x32 --max-memory 8G --image " + image).split(" "));

        assertThat(none.lastError()).endsWith("takes an image, found none; give an image with --image");
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("fits").asBoolean()).isTrue();
        assertThat(json.path("limit").asLong()).isEqualTo(8_000_000_000L);
        assertThat(json.path("dtype").asText()).isEqualTo("bf16");
        assertThat(json.path("tile").asText()).isEqualTo("48x32");
        assertThat(json.path("stages"))
                .extracting(stage -> stage.path("stage").asText())
                .containsExactly("text", "encode", "denoise", "decode");
    }

    @Test
    void matricesInEightBitsAreSaidAndTakeLess() throws IOException {
        JsonNode wide = plan("--dtype", "bf16");
        JsonNode bytes = plan("--dtype", "bf16", "--quant", "int8");

        assertThat(wide.has("quant")).isFalse();
        assertThat(bytes.path("quant").asText()).isEqualTo("int8");
        assertThat(bytes.path("stages").path(1).path("stage").asText()).isEqualTo("denoise");
        assertThat(bytes.path("stages").path(1).path("weights").asLong())
                .isLessThan(wide.path("stages").path(1).path("weights").asLong() * 8 / 10);
        assertThat(generate("t2v-2b", "--plan", "--dtype", "fp32", "--quant", "int8")
                        .out())
                .contains(
                        "computes in fp32, matrices in int8",
                        "note        the largest matrices of the denoising network");
    }

    @Test
    void otherSystemsRefuseMatricesInEightBitsByName() {
        Run run = Run.kinema(
                "generate", "a bird", "--model", Golden.file("show1").toString(), "--quant", "int8", "--plan");

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.lastError())
                .endsWith("models of show1 have no matrices that may be in 8 bits, found quant int8; leave it out");
    }

    private JsonNode plan(String... options) throws IOException {
        String[] all = Arrays.copyOf(options, options.length + 2);
        all[options.length] = "--plan";
        all[options.length + 1] = "--json";
        Run run = generate("t2v-2b", all);
        assertThat(run.code()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    @Test
    void whatCannotFitIsRefusedBeforeAnythingIsMade() {
        for (String option : new String[] {"--plan", "--json"}) {
            Run run = generate("t2v-2b", option, "--max-memory", "100M", "--out", folder + "/video.mp4");

            assertThat(run.code()).isEqualTo(ExitCode.OUT_OF_MEMORY.number());
            assertThat(run.lastError())
                    .startsWith("kinema: not enough memory for 9 frames of 96x64: ")
                    .endsWith(" and 100 MB may be used; no smaller video would fit, so let it use more");
        }
    }

    @Test
    void modelsTrainedInBfloat16RefuseFloat16() {
        for (String model : new String[] {"t2v-5b", "t2v-1.5"}) {
            Run run = generate(model, "--dtype", "fp16", "--out", folder + "/video.mp4");

            assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
            assertThat(run.lastError()).startsWith("kinema: this model cannot compute in fp16: ");
        }
    }

    @Test
    void otherDtypesMakeVideosAndAreRecorded() throws IOException {
        for (String dtype : new String[] {"fp16", "bf16"}) {
            Run run = generate("t2v-2b", "--dtype", dtype, "--steps", "1", "--out", folder + "/a.mp4", "--json");

            assertThat(run.code()).as(run.err()).isZero();
            JsonNode json = new ObjectMapper().readTree(run.out());
            assertThat(json.path("provenance").path("dtype").asText()).isEqualTo(dtype);
        }
        Run replayed = Run.kinema(
                "replay", folder + "/a.mp4", "--model", folder.resolve("t2v-2b").toString());
        assertThat(replayed.code()).as(replayed.err()).isZero();
    }

    @Test
    void aGraphicsCardThatIsNotThereSaysWhatItNeeds() {
        if (!torch.cuda_is_available()) {
            Run run = generate("t2v-2b", "--device", "cuda", "--out", folder + "/video.mp4");

            assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
            assertThat(run.lastError()).contains("device cuda is not there: it needs an NVIDIA graphics card");
        }
    }

    private Run generate(String golden, String... options) {
        Path model = folder.resolve(golden);
        if (!Files.isDirectory(model)) {
            Checkpoints.copy(golden, model);
        }
        String[] all = new String[options.length + 4];
        all[0] = "generate";
        all[1] = "a bird";
        all[2] = "--model";
        all[3] = model.toString();
        System.arraycopy(options, 0, all, 4, options.length);
        return Run.kinema(all);
    }
}
