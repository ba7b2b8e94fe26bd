package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.testing.Golden;
import kinema.testing.SystemContract;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;

/** The contract, on key frames and the frames between them; {@link CascadeTest} runs all stages. */
class Show1Test extends SystemContract {
    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Override
    protected VideoSystem system() {
        return new Show1();
    }

    @Override
    protected Path model() {
        return Golden.file("show1");
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of("Two boats at sea")
                .size(8, 4)
                .frames(9)
                .set("until", "interpolate")
                .set("key-width", 8)
                .set("key-height", 4)
                .set("base.steps", 2)
                .set("interpolate.steps", 2);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().frames(6).build(), "frames must be 4k+1 for Show-1 until interpolate, at least 5, found 6",
                request().size(16, 8).build(),
                        "stage interpolate makes frames of 8x4 from key frames of 8x4, asked for",
                request().set("key-width", 7).size(7, 4).build(),
                        "key-width must be a multiple of 2, found 7; nearest: 8",
                request().steps(5).build(), "this model has no setting 'steps'",
                request().set("base.guidance", 0).build(), "base.guidance must be between 1 (off) and 1000, found 0",
                request().set("until", "refine").build(), "frames must be 28k+1 for Show-1, at least 29, found 9");
    }

    /** Key frames through the front door; the stages one by one are held by {@link Show1ParityTest}. */
    @Override
    protected void holdAgainstTheReference() {
        try {
            Show1Golden golden = Show1Golden.own();
            GenerationRequest.Builder request = golden.keyFrames();
            try (VideoModel opened = Kinema.open(system(), golden.folder(), OpenOptions.DEFAULT);
                    Generation made = opened.generate(request.tensors(true).build(), GenerationListener.NONE);
                    Safetensors expected = Safetensors.open(golden.expected())) {
                Golden.Difference d = Golden.difference(made.tensors().get("base"), expected.tensor("base"));
                assertThat(d.worst()).as(d.toString()).isLessThan(1e-3);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
