package kinema.diffusion;

import java.util.ArrayList;
import java.util.List;

/**
 * A polynomial, as TeaCache has one for each checkpoint.
 *
 * @param coefficients that of the highest power first
 */
public record Polynomial(List<Double> coefficients) {
    /** The power that TeaCache's have. */
    private static final int POWER = 4;

    /** Points that are needed to fit one. */
    public static final int POINTS = POWER + 1;

    /** Keeps a copy of the list. */
    public Polynomial {
        coefficients = List.copyOf(coefficients);
    }

    /** Its value. */
    public double at(double x) {
        double value = 0;
        for (double coefficient : coefficients) {
            value = value * x + coefficient;
        }
        return value;
    }

    /**
     * The one of the fourth power that comes nearest to points, by least squares.
     *
     * @throws IllegalArgumentException for fewer than five different x
     */
    public static Polynomial fit(List<Double> xs, List<Double> ys) {
        double largest = xs.stream().mapToDouble(Math::abs).max().orElse(0);
        if (xs.stream().distinct().count() < POINTS || xs.size() != ys.size()) {
            throw new IllegalArgumentException("a polynomial of the fourth power needs at least " + POINTS
                    + " different points, found " + xs.stream().distinct().count());
        }
        double[][] normal = new double[POINTS][POINTS + 1]; // of x / largest, so that no power is tiny
        for (int point = 0; point < xs.size(); point++) {
            for (int row = 0; row < POINTS; row++) {
                double power = Math.pow(xs.get(point) / largest, row);
                for (int column = 0; column < POINTS; column++) {
                    normal[row][column] += power * Math.pow(xs.get(point) / largest, column);
                }
                normal[row][POINTS] += power * ys.get(point);
            }
        }
        double[] solution = solve(normal);
        List<Double> coefficients = new ArrayList<>();
        for (int power = POWER; power >= 0; power--) {
            coefficients.add(solution[power] / Math.pow(largest, power));
        }
        return new Polynomial(coefficients);
    }

    /** Of a positive definite system, its right side the last column, by elimination. */
    private static double[] solve(double[][] system) {
        int n = system.length;
        for (int pivot = 0; pivot < n; pivot++) {
            for (int row = pivot + 1; row < n; row++) {
                double factor = system[row][pivot] / system[pivot][pivot];
                for (int column = pivot; column <= n; column++) {
                    system[row][column] -= factor * system[pivot][column];
                }
            }
        }
        double[] solution = new double[n];
        for (int row = n - 1; row >= 0; row--) {
            double rest = system[row][n];
            for (int column = row + 1; column < n; column++) {
                rest -= system[row][column] * solution[column];
            }
            solution[row] = rest / system[row][row];
        }
        return solution;
    }
}
