package kinema.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws a run's metrics against its steps, each kind of number a picture of its own. */
final class Plots {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;

    private Plots() {}

    /** Writes {@code loss.png}, {@code loss-by-timestep.png}, {@code rate.png}, {@code speed.png}, {@code gradient.png}. */
    static void write(Path folder, Map<String, double[]> metrics) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be made", e);
        }
        write(folder.resolve("loss.png"), "loss", metrics, name -> name.endsWith("loss"));
        write(folder.resolve("loss-by-timestep.png"), "loss", metrics, name -> name.startsWith("loss_t"));
        write(folder.resolve("rate.png"), "learning rate", metrics, name -> name.endsWith("rate"));
        write(folder.resolve("speed.png"), "seconds per step", metrics, name -> name.equals("seconds_per_step"));
        write(folder.resolve("gradient.png"), "norm of the gradient", metrics, name -> name.endsWith("gradient"));
    }

    private static void write(Path file, String title, Map<String, double[]> metrics, Predicate<String> shown) {
        double[] steps = metrics.getOrDefault(Metrics.STEP, new double[0]);
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("steps")
                .build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Line);
        new LinkedHashMap<>(metrics).forEach((name, values) -> {
            int[] known = IntStream.range(0, values.length)
                    .filter(i -> Double.isFinite(values[i]))
                    .toArray();
            if (shown.test(name) && known.length > 0) {
                chart.addSeries(name, at(steps, known), at(values, known)).setMarker(SeriesMarkers.NONE);
            }
        });
        if (chart.getSeriesMap().isEmpty()) {
            return;
        }
        try {
            BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": the plot cannot be written", e);
        }
    }

    private static double[] at(double[] values, int[] places) {
        return Arrays.stream(places).mapToDouble(i -> values[i]).toArray();
    }
}
