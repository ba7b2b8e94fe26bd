package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

/** Workers that share a run; here each is a thread with a network of its own. */
class WorkersTest {
    private static final OptimizerRecipe RECIPE =
            new OptimizerRecipe(0.1, RateSchedule.COSINE, 2, 0.9, 0.99, 0.01, 1.0, 0.9);
    private static final int SLOTS = 6;

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void severalProcessesGiveTheBitsOfOne() throws Exception {
        float[] alone = train(Workers.ALONE, folder.resolve("alone"));
        for (int size : new int[] {2, 3}) {
            int port = freePort();
            ExecutorService threads = Executors.newFixedThreadPool(size);
            List<CompletableFuture<float[]>> results = new ArrayList<>();
            Path run = folder.resolve("of" + size);
            for (int rank = 0; rank < size; rank++) {
                int mine = rank;
                results.add(CompletableFuture.supplyAsync(
                        () -> {
                            try (Workers workers = new GlooWorkers("127.0.0.1", port, mine, size)) {
                                return train(workers, run);
                            }
                        },
                        threads));
            }
            for (CompletableFuture<float[]> result : results) {
                assertThat(result.get()).containsExactly(alone);
            }
            threads.shutdown();
            assertThat(run.resolve("metrics.csv")).isNotEmptyFile();
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
