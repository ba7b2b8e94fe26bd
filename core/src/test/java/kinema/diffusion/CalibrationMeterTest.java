package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.diffusion.Predictor.Memory;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** What is measured of runs whose steps are all computed, and the polynomial that is made of it. */
class CalibrationMeterTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-6);

    /** A network that makes what it is given; its residual has two tokens of two numbers. */
    private record Given(float[] output, float[] added) implements StepNetwork {
        @Override
        public Tensor velocity() {
            throw new AssertionError("the residual is wanted too");
        }

        @Override
        public Computed withResidual() {
            return new Computed(Tensors.of(output, 2), Tensors.of(added, 1, 2, 2));
        }

        @Override
        public Tensor reuse(Tensor residual) {
            throw new AssertionError("every step is computed");
        }
    }

    @Test
    void ratiosAreMeansOverTokensAndRuns() {
        CalibrationMeter meter = new CalibrationMeter(2);
        run(
                meter,
                new Given(new float[] {1, -3}, new float[] {3, 4, 0, 1}),
                new Given(new float[] {2, -3}, new float[] {0, 10, 0, 1}));
        assertThat(meter.ratios())
                .singleElement()
                .satisfies(ratio -> assertThat(ratio).isCloseTo((2 + 1) / 2.0, CLOSE));
        assertThat(meter.changes())
                .singleElement()
                .satisfies(change -> assertThat(change).isCloseTo(0.25, CLOSE));

        run(meter, new Given(new float[] {2, 2}, new float[] {1, 0, 0, 1}), new Given(new float[] {2, 2}, new float[] {
            0.5f, 0, 0, 0.5f
        }));
        assertThat(meter.ratios())
                .singleElement()
                .satisfies(ratio -> assertThat(ratio).isCloseTo((1.5 + 0.5) / 2, CLOSE));
        assertThat(meter.changes())
                .singleElement()
                .satisfies(change -> assertThat(change).isCloseTo(0.125, CLOSE));
    }

    @Test
    void aNetworkWhoseBlocksAddNothingIsRefused() {
        CalibrationMeter meter = new CalibrationMeter(2);
        Given nothing = new Given(new float[] {1, 1}, new float[4]);
        run(meter, nothing, nothing);

        assertThatThrownBy(meter::ratios)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("there is nothing to calibrate");
    }

    @Test
    void aPolynomialIsFoundAgainFromItsPoints() {
        Polynomial whole = new Polynomial(List.of(-31.0, 25.0, -6.0, 1.75, -0.0036));
        List<Double> xs = IntStream.range(1, 12).mapToObj(i -> i / 30.0).toList();
        Polynomial found = Polynomial.fit(xs, xs.stream().map(whole::at).toList());

        assertThat(whole.at(0.5)).isCloseTo(-31.0 / 16 + 25.0 / 8 - 6.0 / 4 + 1.75 / 2 - 0.0036, CLOSE);
        for (int i = 0; i < Polynomial.POINTS; i++) {
            assertThat(found.coefficients().get(i))
                    .isCloseTo(whole.coefficients().get(i), Offset.offset(1e-5));
        }
    }

    /** Of points that lie on none the best of a family: that of any constant is their mean. */
    @Test
    void noOtherPolynomialComesNearer() {
        List<Double> xs = List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7);
        List<Double> ys = List.of(1.0, 0.0, 2.0, 1.5, 0.5, 3.0, 2.0);
        Polynomial best = Polynomial.fit(xs, ys);
        for (int i = 0; i < Polynomial.POINTS; i++) {
            for (double by : new double[] {-0.1, 0.1}) {
                List<Double> moved = new ArrayList<>(best.coefficients());
                moved.set(i, moved.get(i) + by);
                assertThat(off(new Polynomial(moved), xs, ys)).isGreaterThan(off(best, xs, ys));
            }
        }
    }

    @Test
    void tooFewPointsAreRefused() {
        assertThatThrownBy(() -> Polynomial.fit(List.of(1.0, 2.0, 3.0, 4.0, 4.0), List.of(1.0, 2.0, 3.0, 4.0, 4.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a polynomial of the fourth power needs at least 5 different points, found 4");
    }

    private static double off(Polynomial polynomial, List<Double> xs, List<Double> ys) {
        return IntStream.range(0, xs.size())
                .mapToDouble(i -> Math.pow(polynomial.at(xs.get(i)) - ys.get(i), 2))
                .sum();
    }

    private static void run(CalibrationMeter meter, Given... steps) {
        Scopes.run(() -> {
            Map<String, Tensor> memory = Map.of();
            for (int i = 0; i < steps.length; i++) {
                memory = meter.predict(i, Memory.of(memory), steps[i]).memory().tensors();
            }
        });
    }
}
