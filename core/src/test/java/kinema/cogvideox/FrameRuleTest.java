package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FrameRuleTest {
    private static final VaeConfig VAE = VaeConfig.tiny();

    static Stream<TransformerConfig> variants() {
        return Stream.of(
                TransformerConfig.COGVIDEOX_2B,
                TransformerConfig.COGVIDEOX_5B,
                TransformerConfig.COGVIDEOX_5B_I2V,
                TransformerConfig.COGVIDEOX_1_5_5B,
                TransformerConfig.COGVIDEOX_1_5_5B_I2V);
    }

    /** The pain the rule is for: asked for 50 frames, the published implementation returns 49 and says nothing. */
    @Test
    void exactlyTheseCountsComeBackFromTheVae() {
        FrameRule both = FrameRule.of(TransformerConfig.COGVIDEOX_5B, VAE, true);
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new Vae(w, VAE), rng)) {
            Vae vae = new Vae(new Weights(parameters), VAE);
            for (long frames = 1; frames <= 26; frames++) {
                long latentFrames = VAE.latentFrames(frames);
                long decoded = Scopes.run(() -> vae.decode(rng.randn(1, VAE.latentChannels(), latentFrames, 1, 1))
                        .size(2));
                assertThat(accepts(both, frames))
                        .as("%d frames decode to %d", frames, decoded)
                        .isEqualTo(decoded == frames);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void everyVariantTakesWhatItWasTrainedWith(TransformerConfig variant) {
        FrameRule rule = FrameRule.of(variant, VAE, false);
        for (long frames = 1; frames <= 200; frames++) {
            assertThat(accepts(rule, frames)).as("%d frames", frames).isEqualTo(frames % 8 == 1);
        }
        rule.check(variant.sampleFrames(), false);
    }

    @Test
    void otherCountsAreRefusedWithTheNearest() {
        FrameRule first = FrameRule.of(TransformerConfig.COGVIDEOX_2B, VAE, false);
        FrameRule second = FrameRule.of(TransformerConfig.COGVIDEOX_1_5_5B, VAE, false);
        FrameRule compat = FrameRule.of(TransformerConfig.COGVIDEOX_5B, VAE, true);
        Map<Long, Long> nearest =
                Map.of(2L, 1L, 5L, 9L, 10L, 9L, 48L, 49L, 50L, 49L, 53L, 57L, 80L, 81L, 161_000L, 161_001L);
        nearest.forEach((found, near) -> {
            assertThatThrownBy(() -> first.check(found, false))
                    .hasMessage("frames must be 8k+1 for CogVideoX, found " + found + "; nearest: " + near);
            assertThatThrownBy(() -> second.check(found, false))
                    .hasMessage("frames must be 8k+1 for CogVideoX 1.5 (best 16k+1, whole seconds at its 16 frames per"
                            + " second), found " + found + "; nearest: " + near);
        });
        assertThatThrownBy(() -> compat.check(46, false))
                .hasMessage("frames must be 8k or 8k+1 for CogVideoX, found 46; nearest: 48");
        assertThatThrownBy(() -> compat.check(0, false))
                .hasMessage("frames must be 8k or 8k+1 for CogVideoX, found 0; nearest: 1");
    }

    @Test
    void aGivenVideoIsNotAskedForMoreThanItHas() {
        FrameRule rule = FrameRule.of(TransformerConfig.COGVIDEOX_2B, VAE, false);
        for (long frames = 2; frames <= 100; frames++) {
            if (frames % 8 != 1) {
                long possible = (frames - 1) / 8 * 8 + 1;
                long found = frames;
                assertThatThrownBy(() -> rule.check(found, true))
                        .hasMessage("frames must be 8k+1 for CogVideoX, found " + found + "; take " + possible
                                + " of the given video's");
            }
        }
    }

    @Test
    void noCountIsNamedThatNoRequestCanHold() {
        assertThatThrownBy(() ->
                        FrameRule.of(TransformerConfig.COGVIDEOX_2B, VAE, false).check(Integer.MAX_VALUE, false))
                .hasMessageEndingWith("; nearest: 2147483641");
    }

    @Test
    void only1Point5ModelsFillTheirLastPatch() {
        assertThat(shape(TransformerConfig.COGVIDEOX_5B, 49, false)).isEqualTo(new LatentShape(13, 0, 60, 90));
        assertThat(shape(TransformerConfig.COGVIDEOX_1_5_5B, 81, false)).isEqualTo(new LatentShape(22, 1, 60, 90));
        assertThat(shape(TransformerConfig.COGVIDEOX_1_5_5B, 161, false)).isEqualTo(new LatentShape(42, 1, 60, 90));
        assertThat(shape(TransformerConfig.COGVIDEOX_1_5_5B, 1, false)).isEqualTo(new LatentShape(2, 1, 60, 90));
        assertThat(shape(TransformerConfig.COGVIDEOX_1_5_5B, 80, true)).isEqualTo(new LatentShape(20, 0, 60, 90));
        assertThat(shape(TransformerConfig.COGVIDEOX_5B, 48, true)).isEqualTo(new LatentShape(12, 0, 60, 90));
    }

    private static LatentShape shape(TransformerConfig t, int frames, boolean compat) {
        return LatentShape.of(
                new Workload(
                        720,
                        480,
                        frames,
                        compat,
                        true,
                        Optional.empty(),
                        Optional.empty(),
                        Results.NOTHING,
                        Workload.Kept.NOTHING,
                        false),
                t,
                VAE);
    }

    private static boolean accepts(FrameRule rule, long frames) {
        try {
            rule.check(frames, false);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
