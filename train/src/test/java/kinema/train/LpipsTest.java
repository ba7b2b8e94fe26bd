package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distances by PyTorch, of narrow backbones with random weights in the published files' form, which is that before PyTorch 1.6. */
class LpipsTest {
    private static final int PIXELS = 2 * 3 * 64 * 48;

    @ParameterizedTest
    @ValueSource(strings = {"alex", "vgg"})
    void distancesAndDerivativesAreTheReferences(String name) throws IOException {
        JsonNode expected =
                new ObjectMapper().readTree(resource("expected.json").toFile()).path(name);
        try (Lpips lpips = open(name, name)) {
            Scopes.run(() -> {
                Tensor given = pictures(0);
                Tensor made = pictures(0.5).set_requires_grad(true);
                Tensor distances = lpips.of(given, made); // (2)
                float[] each = Tensors.floats(distances.detach());
                assertThat(each[0])
                        .isCloseTo((float) expected.path("each").path(0).asDouble(), within(2e-6f));
                assertThat(each[1])
                        .isCloseTo((float) expected.path("each").path(1).asDouble(), within(2e-6f));
                distances.mean().backward();
                assertThat(made.grad().norm().item_double())
                        .isCloseTo(expected.path("gradient_norm").asDouble(), within(1e-5));
                assertThat(lpips.of(given, given).sum().item_double()).isZero();
            });
        }
    }

    /** A picture without any feature has no direction: its derivatives are 0, not NaN. */
    @Test
    void picturesWithoutFeaturesHaveDerivatives() {
        try (Lpips lpips = open("vgg", "vgg")) {
            Scopes.run(() -> {
                Tensor made = Tensors.of(new float[3 * 32 * 32], 1, 3, 32, 32).set_requires_grad(true);
                lpips.of(pictures(0).narrow(0, 0, 1).narrow(2, 0, 32).narrow(3, 0, 32), made)
                        .mean()
                        .backward();
                assertThat(Tensors.isFinite(made.grad())).isTrue();
            });
        }
    }

    @Test
    void filesThatDoNotBelongTogetherAreRefused(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> open("vgg", "alex"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(
                        "alex-linear.pth: 'lin0.model.1.weight' must have shape (1, 4, 1, 1), found (1, 6, 1, 1)");
        Path linear = resource("vgg-linear.pth");
        assertThatThrownBy(() -> Lpips.open(linear, linear))
                .hasMessageContaining("must be torchvision's AlexNet or VGG16")
                .hasMessageContaining("found nothing");
        Path cut = folder.resolve("cut.pth");
        byte[] bytes = Files.readAllBytes(resource("vgg.pth"));
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - 1));
        assertThatThrownBy(() -> Lpips.open(cut, linear)).hasMessageContaining("cut off or damaged");
    }

    private static Lpips open(String backbone, String linear) {
        return Lpips.open(resource(backbone + ".pth"), resource(linear + "-linear.pth"));
    }

    private static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(LpipsTest.class.getResource("lpips/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static Tensor pictures(double phase) {
        float[] values = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            values[i] = (float) (Math.sin(i * 0.37 + phase) * Math.cos(i * 0.011));
        }
        return Tensors.of(values, 2, 3, 64, 48);
    }
}
