package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kinema.nn.Linear;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that share a run. */
class WorkersTest {
    private static final OptimizerRecipe RECIPE =
            new OptimizerRecipe(0.1, RateSchedule.COSINE, 2, 0.9, 0.99, 0.01, 1.0, 0.9);
    private static final int SLOTS = 6;

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void severalProcessesGiveTheBitsOfOne() throws Exception {
        for (int size : new int[] {1, 2, 3}) {
            int port = freePort();
            Path run = folder.resolve("of" + size);
            List<Process> processes = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                processes.add(start(run, rank, size, port));
            }
            for (int rank = 0; rank < size; rank++) {
                Process process = processes.get(rank);
                boolean ended = process.waitFor(5, TimeUnit.MINUTES);
                if (!ended) {
                    processes.forEach(Process::destroyForcibly);
                }
                assertThat(ended && process.exitValue() == 0)
                        .as(() -> text(log(run, size)))
                        .isTrue();
                assertThat(result(run, rank)).hasSameTextualContentAs(result(folder.resolve("of1"), 0));
            }
            assertThat(run.resolve("metrics.csv")).isNotEmptyFile();
        }
    }

    private static Process start(Path run, int rank, int size, int port) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Rank.class.getName(),
                run.toString());
        builder.environment()
                .putAll(Map.of(
                        "RANK", Integer.toString(rank),
                        "WORLD_SIZE", Integer.toString(size),
                        "MASTER_ADDR", "127.0.0.1",
                        "MASTER_PORT", Integer.toString(port),
                        "OMP_NUM_THREADS", "1"));
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(run, size).toFile()))
                .start();
    }

    /** A process that shares the run in the folder that is its argument. */
    static final class Rank {
        private Rank() {}

        public static void main(String[] arguments) throws IOException {
            Path run = Path.of(arguments[0]);
            try (Workers workers = GlooWorkers.of(System.getenv())) {
                write(result(run, workers.rank()), train(workers, run));
            }
        }
    }

    private static Path result(Path run, int rank) {
        return run.resolveSibling(run.getFileName() + "-" + rank + ".txt");
    }

    private static Path log(Path run, int size) {
        return run.resolveSibling("log-of" + size + ".txt");
    }

    private static void write(Path file, float[] values) throws IOException {
        Files.writeString(file, Arrays.toString(values));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theEnvironmentTellsOfTheOthers() {
        assertThat(GlooWorkers.of(Map.of())).isSameAs(Workers.ALONE);
        assertThat(GlooWorkers.of(Map.of("WORLD_SIZE", "1", "RANK", "0"))).isSameAs(Workers.ALONE);
        assertThatThrownBy(() -> GlooWorkers.of(Map.of("WORLD_SIZE", "2")))
                .hasMessage("WORLD_SIZE is above 1, so MASTER_ADDR must name the host of rank 0");
        assertThatThrownBy(() -> GlooWorkers.of(Map.of("WORLD_SIZE", "two")))
                .hasMessage("the environment's WORLD_SIZE must be a whole number, found 'two'");
        assertThatThrownBy(() -> GlooWorkers.of(Map.of("WORLD_SIZE", "2", "RANK", "2", "MASTER_ADDR", "localhost")))
                .hasMessage("the rank must be from 0 to 1, found 2");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static float[] train(Workers workers, Path folder) {
        try (Rng rng = new Rng(2);
                Parameters parameters = Parameters.init(w -> new Linear(w, 3, 2), rng)) {
            Linear layer = new Linear(new Weights(parameters), 3, 2);
            Objective objective = slot -> {
                try (Rng random = slot.rng()) {
                    Tensor loss = layer.forward(random.randn(4, 3)).square().mean();
                    return new Objective.Loss(loss, Map.of());
                }
            };
            RunFolder run = workers.rank() == 0 ? RunFolder.start(folder, "test", Map.of()) : RunFolder.follow(folder);
            new TrainingLoop(
                            new Run(run, workers, line -> {}),
                            new Pace(10, SLOTS, 2, 1000, 1000, 1),
                            3,
                            new Learner(parameters, RECIPE, objective))
                    .run(step -> {});
            return Tensors.floats(parameters.values());
        }
    }
}
