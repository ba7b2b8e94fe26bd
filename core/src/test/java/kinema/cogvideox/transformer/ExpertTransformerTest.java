package kinema.cogvideox.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.BiConsumer;
import kinema.cogvideox.FiniteCheck;
import kinema.cogvideox.transformer.ExpertTransformer.Pass;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every transformer: starts as nothing, trains, treats the samples of a batch alone. */
class ExpertTransformerTest {
    private static final Size SIZE = new Size(8, 2, 4, 6);

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewNetworkPredictsNothing(boolean rotary) {
        with(rotary, (network, parameters) -> {
            Tensor output = forward(network);
            assertThat(output.shape()).containsExactly(2, 2, 16, 4, 6);
            assertThat(Tensors.floats(output)).containsOnly(0f);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientDescentLowersTheLossAndReachesEveryParameter(boolean rotary) {
        with(rotary, (network, parameters) -> {
            double[] losses = new double[30];
            for (int i = 0; i < losses.length; i++) {
                int step = i;
                losses[i] = Scopes.run(() -> {
                    Tensor loss = forward(network).sub(new Scalar(1.0)).square().mean();
                    parameters.gradient().zero_();
                    loss.backward();
                    if (step == 0) {
                        assertThat(parameters.gradient().isfinite().all().item_bool())
                                .isTrue();
                    }
                    parameters.values().sub_(parameters.gradient(), new Scalar(0.2));
                    return loss.item_double();
                });
            }
            assertThat(losses[0]).isCloseTo(1, within(1e-6));
            assertThat(losses[29]).isLessThan(0.5);
            for (Map.Entry<String, Tensor> part :
                    parameters.parts(parameters.gradient()).entrySet()) {
                boolean moved = Scopes.run(
                        () -> part.getValue().ne(new Scalar(0.0)).any().item_bool());
                assertThat(moved).as(part.getKey()).isTrue();
            }
        });
    }

    @Test
    void samplesOfABatchDoNotSeeOneAnother() {
        with(true, (network, parameters) -> {
            scramble(parameters);
            Tensor latents = random(3, 3, 2, 16, 4, 6);
            Tensor text = random(4, 3, 8, 32);
            Tensor timesteps = Tensors.of(new long[] {999, 500, 1}, 3);
            try (Positions positions = Positions.of(network.config(), SIZE)) {
                Tensor together = network.forward(latents, text, timesteps, positions);
                for (int b = 0; b < 3; b++) {
                    Tensor alone = network.forward(
                            latents.narrow(0, b, 1), text.narrow(0, b, 1), timesteps.narrow(0, b, 1), positions);
                    assertThat(Tensors.floats(together.narrow(0, b, 1)))
                            .containsExactly(Tensors.floats(alone), within(1e-4f));
                }
            }
        });
    }

    @Test
    void aForwardLeavesOnlyItsResult() {
        with(true, (network, parameters) -> {
            try (Positions positions = Positions.of(network.config(), SIZE)) {
                Tensor latents = random(3, 1, 2, 16, 4, 6);
                Tensor text = random(4, 1, 8, 32);
                Tensor timestep = Tensors.of(new long[] {7}, 1);
                network.forward(latents, text, timestep, positions).close();
                long before = LivePointers.settled();
                network.forward(latents, text, timestep, positions).close();
                assertThat(LivePointers.now()).isEqualTo(before);
            }
        });
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        with(false, (network, parameters) -> {
            try (Positions positions = Positions.of(network.config(), SIZE)) {
                Tensor latents = random(3, 1, 2, 16, 4, 6);
                Tensor text = random(4, 1, 8, 32);
                Tensor timestep = Tensors.of(new long[] {7}, 1);
                assertThatThrownBy(() -> network.forward(latents, latents, timestep, positions))
                        .hasMessage("text must have shape (?, ?, 32), found (1, 2, 16, 4, 6)");
                assertThatThrownBy(() -> network.forward(text, text, timestep, positions))
                        .hasMessage("latents must have shape (1, 2, 16, 4, 6), found (1, 8, 32)");
                assertThatThrownBy(() -> network.forward(latents, text, text, positions))
                        .hasMessage("timestep must have shape (1), found (1, 8, 32)");
            }
        });
    }

    @Test
    void samplesOfManyTokensGoApartAndDoNotMeet() {
        with(true, (network, parameters) -> {
            scramble(parameters);
            Size size = new Size(8, 4, 32, 32); // 1032 tokens
            assertThat(ExpertTransformer.apart(1032)).isTrue();
            try (Positions positions = Positions.of(network.config(), size)) {
                Tensor latents = random(1, 2, 4, 16, 32, 32);
                Tensor text = random(2, 2, 8, 32);
                Tensor both = network.forward(latents, text, Tensors.of(new long[] {900, 100}, 2), positions);
                Tensor second = network.forward(
                        latents.narrow(0, 1, 1), text.narrow(0, 1, 1), Tensors.of(new long[] {100}, 1), positions);
                for (float difference : Tensors.floats(both.narrow(0, 1, 1).sub(second))) {
                    assertThat(difference).isCloseTo(0, within(1e-5f));
                }
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "patch_embed.proj.bias,the transformer's input",
        "transformer_blocks.0.ff.net.2.bias,block 1 of 2",
        "transformer_blocks.1.attn1.to_out.0.bias,block 2 of 2",
        "proj_out.bias,the transformer's output"
    })
    void theBlockWhereNumbersStopBeingFiniteIsFound(String key, String place) {
        with(false, (network, parameters) -> {
            scramble(parameters);
            parameters.tensor(key).detach().fill_(new Scalar(Double.NaN));
            try (Positions positions = Positions.of(network.config(), SIZE)) {
                FiniteCheck check = new FiniteCheck(network.config());
                Tensor output = network.predict(
                        random(1, 2, 2, 16, 4, 6),
                        network.textTokens(random(2, 2, 8, 32)),
                        Tensors.of(new long[] {900, 100}, 2),
                        positions,
                        check);
                assertThat(check.place(output)).isEqualTo(place);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheBlocksAddedStandsForThem(boolean rotary) {
        with(rotary, (network, parameters) -> {
            scramble(parameters);
            try (Positions positions = Positions.of(network.config(), SIZE)) {
                Tensor latents = random(1, 2, 2, 16, 4, 6);
                Tensor text = network.textTokens(random(2, 2, 8, 32));
                Tensor timesteps = Tensors.of(new long[] {900, 100}, 2);
                Tensor whole = network.predict(latents, text, timesteps, positions, BlockWatcher.NONE);
                Pass pass = network.pass(latents, text, timesteps, positions);

                assertThat(Tensors.floats(pass.velocity())).isEqualTo(Tensors.floats(whole));
                assertThat(pass.residual().shape()).containsExactly(2, 12, 32);
                assertThat(difference(network.reuse(latents, timesteps, positions, pass.residual()), whole))
                        .isLessThan(1e-5);
                assertThat(difference(
                                network.reuse(
                                        latents, timesteps, positions, Tensors.zeros(ScalarType.Float, 2, 12, 32)),
                                whole))
                        .as("without the blocks")
                        .isGreaterThan(1e-2);
                assertThatThrownBy(() -> network.reuse(
                                latents, timesteps, positions, Tensors.zeros(ScalarType.Float, 1, 12, 32)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("residual");
            }
        });
    }

    private static double difference(Tensor x, Tensor y) {
        return x.sub(y).abs().max().item_double();
    }

    private static Tensor forward(ExpertTransformer network) {
        try (Positions positions = Positions.of(network.config(), SIZE)) {
            Tensor timesteps = Tensors.of(new long[] {900, 100}, 2);
            return network.forward(random(1, 2, 2, 16, 4, 6), random(2, 2, 8, 32), timesteps, positions);
        }
    }

    private static Tensor random(long seed, long... shape) {
        try (Rng rng = new Rng(seed)) {
            return rng.randn(shape);
        }
    }

    private static void scramble(Parameters parameters) {
        Scopes.run(() -> {
            try (Rng rng = new Rng(9)) {
                rng.normal(parameters.values(), 0, 0.2);
            }
        });
    }

    private static void with(boolean rotary, BiConsumer<ExpertTransformer, Parameters> test) {
        TransformerConfig config = TransformerConfig.tiny(rotary);
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, config), rng)) {
            Scopes.run(() -> {
                test.accept(new ExpertTransformer(new Weights(parameters), config), parameters);
            });
        }
    }
}
