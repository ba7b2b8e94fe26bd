package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.tensor.Tensors;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and models that {@code kinema vae} cannot work with. */
class VaeBadInputTest {
    @TempDir
    private Path folder;

    @Test
    void filesThatHoldNoLatentsAreNamed() throws IOException {
        Path absent = folder.resolve("absent.safetensors");
        assertBadInput(absent, absent + ": ");
        assertBadInput(folder, folder + ": it is a folder; expected a file");
        Path work = Files.createDirectory(folder.resolve("v.mp4.kinema"));
        Files.writeString(work.resolve("request.json"), "{}");
        assertBadInput(work, work + " is a generation's unfinished work; 'kinema resume " + work + "' goes on with it");
        Path text = Files.writeString(folder.resolve("text.safetensors"), "no tensors at all");
        assertBadInput(text, text + ": ");
        Path other = VaeCommandTest.tensors(folder.resolve("other.safetensors"), "mean", 1, 3, 16, 2, 2);
        assertBadInput(other, other + ": no tensor 'latents'; of latents it has mean; choose one with --key");
        Path none = VaeCommandTest.tensors(folder.resolve("none.safetensors"), "mean", 16, 2, 2);
        assertBadInput(none, none + ": no tensor 'latents', nor any other of latents (1, F, C, h, w)");
        Path tooFew = folder.resolve("short.safetensors");
        try (Tensor zeros = Tensors.zeros(ScalarType.Float, 1, 3, 16, 2, 2)) {
            SafetensorsWriter.write(tooFew, Map.of("latents", zeros), Map.of("frames", "17"));
        }
        assertBadInput(tooFew, tooFew + ": 'frames' says that the video has 17 frames, but 'latents' has latents of 9");
        Path flat = VaeCommandTest.tensors(folder.resolve("flat.safetensors"), "latents", 16, 2, 2);
        assertBadInput(
                flat,
                flat + ": 'latents' must be latents (1, F, C, h, w) of a floating-point type, found (16, 2, 2) of F32");
        Path channels = VaeCommandTest.tensors(folder.resolve("channels.safetensors"), "latents", 1, 3, 4, 2, 2);
        Run run = VaeCommandTest.vae(
                "decode", channels.toString(), folder.resolve("v.mp4").toString());
        assertThat(run.lastError())
                .isEqualTo("kinema: " + channels + ": 'latents' must be (1, F, 16, h, w) for the autoencoder of"
                        + " kinema-tiny, found (1, 3, 4, 2, 2); name the model that made them with --model");
        assertThat(folder.resolve("v.mp4")).doesNotExist();
    }

    @Test
    void aModelWithoutAnAutoencoderIsNamed() throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": \"CogVideoXPipeline\"}");
        Run run = Run.kinema(
                "vae",
                "encode",
                VaeCommandTest.pictures(folder.resolve("frames"), 1),
                folder.resolve("l.safetensors").toString(),
                "--size",
                "16x16",
                "--model",
                folder.toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.err()).contains("vae/config.json: no such file");
    }

    private void assertBadInput(Path file, String message) {
        Run run = VaeCommandTest.vae(
                "decode", file.toString(), folder.resolve("v.mp4").toString());

        assertThat(run.lastError()).startsWith("kinema: " + message);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }
}
