package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small work has one thread, and all there were afterwards. */
class ComputeThreadsTest {
    private static final long SMALL = 500_000;
    private static final long LARGE = 50_000_000;

    private int before;

    @BeforeEach
    void two() {
        NativeLibraries.loadLibtorch();
        before = torch.get_num_threads();
        torch.set_num_threads(2);
    }

    @AfterEach
    void asBefore() {
        torch.set_num_threads(before);
    }

    @Test
    void smallWorkIsDoneByOneThread() {
        assertThat(ComputeThreads.forProducts(SMALL, torch::get_num_threads)).isEqualTo(1);
        assertThat(torch.get_num_threads()).isEqualTo(2);
        assertThat(ComputeThreads.forProducts(LARGE, torch::get_num_threads)).isEqualTo(2);
    }

    @Test
    void workThatFailsLeavesTheThreadsThereWere() {
        assertThatThrownBy(() -> ComputeThreads.forProducts(SMALL, () -> {
                    throw new IllegalStateException("failed");
                }))
                .hasMessage("failed");
        assertThat(torch.get_num_threads()).isEqualTo(2);
    }

    @Test
    void aThreadThatBeginsMeanwhileHasThemAll() {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            int found = ComputeThreads.forProducts(
                    SMALL,
                    () -> CompletableFuture.supplyAsync(
                                    () -> {
                                        ComputeThreads.begin();
                                        return torch.get_num_threads();
                                    },
                                    other)
                            .join());
            assertThat(found).isEqualTo(2);
            assertThat(torch.get_num_threads()).isEqualTo(2);
        } finally {
            other.shutdown();
        }
    }
}
