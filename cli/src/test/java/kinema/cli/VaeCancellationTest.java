package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kinema vae} that is cancelled in each of its stages. */
class VaeCancellationTest {
    private static final String MODEL = "../models/kinema-tiny";

    @TempDir
    private Path folder;

    @Test
    void cancelledCodingsLeaveNothing() throws IOException {
        String frames = VaeCommandTest.pictures(folder.resolve("frames"), 9);
        Path latents = folder.resolve("l.safetensors");
        assertThat(Run.kinema("vae", "encode", frames, latents.toString(), "--size", "16x16", "--model", MODEL)
                        .code())
                .isZero();
        for (String stage : List.of("load", "decode", "write")) {
            Run run = Run.onceShown(
                    stage + " ",
                    Cancellation::request,
                    "vae",
                    "decode",
                    latents.toString(),
                    folder.resolve("v.mp4").toString(),
                    "--model",
                    MODEL);
            assertCancelled(run);
        }
        for (String stage : List.of("read", "load", "encode", "write")) {
            String out = folder.resolve("out.safetensors").toString();
            assertCancelled(Run.onceShown(
                    stage + " ",
                    Cancellation::request,
                    "vae",
                    "encode",
                    frames,
                    out,
                    "--size",
                    "16x16",
                    "--model",
                    MODEL));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(latents, folder.resolve("frames"));
        }
    }

    private static void assertCancelled(Run run) {
        assertThat(run.lastError()).isEqualTo("kinema: cancelled; nothing half-written is left");
        assertThat(run.code()).isEqualTo(ExitCode.CANCELLED.number());
    }
}
