package kinema.testing.toy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Spill;
import kinema.SpillException;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.testing.SystemContract;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A language model needs no line outside its package. */
class ToyTokensTest extends SystemContract {
    @TempDir
    static Path folder;

    @TempDir
    private Path work;

    @BeforeAll
    static void write() {
        ToyTokens.write(folder);
    }

    @Override
    protected VideoSystem system() {
        return new ToyTokens();
    }

    @Override
    protected Path model() {
        return folder;
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of("a boat");
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().size(4, 2).build(), "this model makes videos of 2x2 only, found 4x2",
                request().set("temperature", 0).build(), "temperature must be between 0.01 and 10, found 0",
                request().guidance(2).build(), "this model has no setting 'guidance'; it has temperature, invert");
    }

    /** Tokens that are drawn coldly are the likeliest whatever the seed. */
    @Override
    protected void holdAgainstTheReference() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            List<byte[]> first = frames(model, request().seed(1).set("temperature", 0.01));
            List<byte[]> second = frames(model, request().seed(2).set("temperature", 0.01));
            assertThat(first.get(0)).isEqualTo(second.get(0));
        }
    }

    @Test
    void aSystemWithNothingToCalibrateSaysSo() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            assertThatThrownBy(() -> model.calibrate(List.of(request().seed(1).build()), GenerationListener.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("models of this system have nothing to calibrate");
        }
    }

    @Test
    void whatBecomesOfTokensMayChangeOnceTheyAreThereAndHowTheyAreDrawnMayNot() {
        Path kept = work.resolve("a.kinema");
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            List<byte[]> plain = frames(model, request().seed(1));
            GenerationRequest.Builder spilled = request().seed(1).spill(Spill.into(kept));
            int[] steps = {0};
            GenerationListener five = new GenerationListener() {
                @Override
                public void step(int done, int total) {
                    steps[0] = done;
                }

                @Override
                public boolean cancelled() {
                    return steps[0] == 5;
                }
            };
            assertThatThrownBy(() -> model.generate(spilled.build(), five)).isInstanceOf(CancellationException.class);
            assertThatThrownBy(() -> frames(
                            model, request().seed(1).set("temperature", 2).spill(Spill.into(kept))))
                    .isInstanceOf(SpillException.class)
                    .hasMessageContaining("its temperature is 1.0, here 2.0");

            List<byte[]> inverted = frames(model, spilled.set("invert", true));

            assertThat(inverted.get(2)[0] & 0xff).isEqualTo(255 - (plain.get(2)[0] & 0xff));
        }
    }

    private static List<byte[]> frames(VideoModel model, GenerationRequest.Builder request) {
        try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
            return made.video().frames();
        }
    }
}
