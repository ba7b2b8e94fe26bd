package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which latent frame a frame of video comes from: a flat picture of a flat latent frame is as it should be. */
class FlatFramesTest {
    private static final int PER_LATENT = 4;

    /** Of three latent frames the first stands for frame 0 alone; of two each stands for four. */
    @ParameterizedTest
    @CsvSource({"3, 0, 0", "3, 1, 1", "3, 1, 4", "3, 2, 5", "3, 2, 8", "2, 0, 0", "2, 0, 3", "2, 1, 4", "2, 1, 7"})
    void aFlatFrameIsToldOfWhereItsLatentsAreNotFlat(int latents, int latent, int frame) {
        int frames = latents % 2 == 0 ? latents * PER_LATENT : (latents - 1) * PER_LATENT + 1;
        assertThat(warning(latents, Set.of(), frames, frame))
                .hasValueSatisfying(text -> assertThat(text)
                        .startsWith(
                                "1 of " + frames + " frames are one flat colour, the first of them frame " + frame));
        assertThat(warning(latents, Set.of(latent), frames, frame)).isEmpty();
        int other = latent == 0 ? 1 : 0;
        assertThat(warning(latents, Set.of(other), frames, frame)).isPresent();
    }

    @Test
    void aVideoWithoutFlatFramesIsNotToldOf() {
        assertThat(warning(3, Set.of(), 9, -1)).isEmpty();
    }

    /** What is said of a video with one flat frame, or none, whose latents are flat in these frames. */
    private static Optional<String> warning(int latents, Set<Integer> flatLatents, int frames, int flat) {
        try (Rng rng = new Rng(3)) {
            return Scopes.run(() -> {
                Tensor z = rng.randn(1, latents, 2, 4, 4); // (1, F, C, h, w)
                flatLatents.forEach(f -> z.select(1, f).fill_(new Scalar(0.5)));
                Tensor video = rng.randn(frames, 8, 8, 3); // (T, H, W, 3)
                if (flat >= 0) {
                    video.select(0, flat).fill_(new Scalar(0));
                }
                FlatFrames found = FlatFrames.of(z, PER_LATENT);
                found.look(video.narrow(0, 0, 2));
                found.look(video.narrow(0, 2, frames - 2));
                return found.warning();
            });
        }
    }
}
