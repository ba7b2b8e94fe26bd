package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small work has one thread, what goes on beside it has all there are, and so has what follows. */
class ComputeThreadsTest {
    private static final long SMALL = 500_000;
    private static final long LARGE = 50_000_000;

    private int before;

    @BeforeEach
    void two() {
        NativeLibraries.loadLibtorch();
        before = torch.get_num_threads();
        ComputeThreads.set(2);
    }

    @AfterEach
    void asBefore() {
        ComputeThreads.set(before);
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
    void aThreadThatBeginsToComputeMeanwhileHasThemAll() {
        assertThat(ComputeThreads.forProducts(SMALL, ComputeThreadsTest::ofANewThread))
                .isEqualTo(2);
        assertThat(ofANewThread()).isEqualTo(2);
    }

    /** As in a program that leaves the number to libtorch. */
    @Test
    void whereNoNumberWasSetTheUsualOneIsThatOfTheFirstSmallWork() {
        ComputeThreads.forget();
        List<Integer> found = ComputeThreads.forProducts(SMALL, () -> List.of(torch.get_num_threads(), ofANewThread()));
        assertThat(found).containsExactly(1, 2);
        assertThat(torch.get_num_threads()).isEqualTo(2);
    }

    @Test
    void aNumberThatIsSetMeanwhileStays() {
        ComputeThreads.forProducts(SMALL, () -> {
            CompletableFuture.runAsync(() -> ComputeThreads.set(3), task -> new Thread(task).start())
                    .join();
            return 0;
        });
        assertThat(ofANewThread()).isEqualTo(3);
    }

    @Test
    void aSharedWorksPartsAreEachDoneOnceByThreadsThatComputeAlone() {
        List<Integer> done = Collections.synchronizedList(new ArrayList<>());
        Set<Integer> threads = ConcurrentHashMap.newKeySet();
        ComputeThreads.share(100, part -> {
            done.add(part);
            threads.add(torch.get_num_threads());
        });
        assertThat(done)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).boxed().toList());
        assertThat(threads).containsExactly(1);
        assertThat(List.of(torch.get_num_threads(), ofANewThread())).containsExactly(2, 2);
    }

    @Test
    void sharedWorkOfOnePartOrOfOneThreadIsTheCallers() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        ComputeThreads.share(1, part -> threads.add(Thread.currentThread()));
        ComputeThreads.set(1);
        ComputeThreads.share(3, part -> threads.add(Thread.currentThread()));
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void aPartThatFailsFailsTheWork() {
        assertThatThrownBy(() -> ComputeThreads.share(3, part -> {
                    throw new IllegalStateException("failed");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("failed");
        assertThatThrownBy(() -> ComputeThreads.share(3, part -> {
                    throw new AssertionError("worse");
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessage("worse");
    }

    @Test
    void whereMemoryIsMeteredTheCallerDoesAll() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Scopes.watched(tensor -> {}, () -> ComputeThreads.share(3, part -> threads.add(Thread.currentThread())));
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    private static int ofANewThread() {
        return CompletableFuture.supplyAsync(torch::get_num_threads, task -> new Thread(task).start())
                .join();
    }
}
