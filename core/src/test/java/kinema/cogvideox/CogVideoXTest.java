package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.diffusion.SchedulerType;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.testing.Golden;
import kinema.testing.SystemContract;
import kinema.weights.ConfigFile;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** CogVideoX as a system. */
class CogVideoXTest extends SystemContract {
    private static final String CASE = "lora-5b";
    private static final double VIDEO = 1e-3;

    @TempDir
    static Path folder;

    @BeforeAll
    static void layOut() {
        Golden.model(CASE, folder);
        Kinema.setThreads(1); // small work
    }

    @Override
    protected VideoSystem system() {
        return new CogVideoX();
    }

    @Override
    protected Path model() {
        return folder;
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of("a boat")
                .size(32, 16)
                .frames(9)
                .steps(3)
                .guidance(3)
                .scheduler(SchedulerType.DPM);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().frames(2).build(), "frames must be 8k+1 for CogVideoX, found 2; nearest: 1",
                request().size(100, 64).build(), "width must be a multiple of 16, found 100; nearest: 96",
                request().steps(1001).build(), "steps must be between 1 and 1000, found 1001",
                request().set("base.steps", 3).build(), "this model has no setting 'base.steps'");
    }

    @Override
    protected Optional<Path> lora() {
        return Optional.of(Golden.folder(CASE).resolve("pytorch_lora_weights.safetensors"));
    }

    /** {@link kinema.CogVideoXParityTest} holds every step of all cases. */
    @Override
    protected void holdAgainstTheReference() {
        Path plain = Golden.folder("t2v-2b");
        try (VideoModel model = Kinema.open(system(), plain.resolve("model"), OpenOptions.DEFAULT);
                Generation made = model.generate(reference(plain), GenerationListener.NONE);
                Safetensors expected = Safetensors.open(plain.resolve("expected.safetensors"))) {
            Golden.Difference difference = Golden.videoDifference(made.tensors().get("video"), expected);
            assertThat(difference.worst()).as("video: %s", difference).isLessThanOrEqualTo(VIDEO);
        }
    }

    private static GenerationRequest reference(Path plain) {
        ConfigFile r = ConfigFile.read(plain.resolve("request.json"));
        return GenerationRequest.of(r.text("prompt", ""))
                .seed(r.integer("seed", 0))
                .set("steps", r.integer("steps", 0))
                .guidance(r.number("guidance", 0))
                .set("scheduler", r.text("scheduler", ""))
                .size((int) r.integer("width", 0), (int) r.integer("height", 0))
                .frames((int) r.integer("num_frames", 0))
                .tensors(true)
                .build();
    }
}
