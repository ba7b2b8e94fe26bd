package kinema.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Teams of OpenMP's threads that computed once and sleep from then on: enough that there are more threads than processors. See {@link Waiting}. */
final class ParkedTeams implements AutoCloseable {
    private static final long GRAIN = 32768; // elements that libtorch gives a thread at least

    private final CountDownLatch end = new CountDownLatch(1);

    private ParkedTeams() {}

    /** Makes them; returns when all are there. */
    static ParkedTeams park() {
        ParkedTeams parked = new ParkedTeams();
        int threads = torch.get_num_threads();
        int teams = teams(threads, Runtime.getRuntime().availableProcessors());
        CountDownLatch ready = new CountDownLatch(teams);
        List<Thread> owners = new ArrayList<>();
        for (int i = 0; i < teams; i++) {
            Thread owner = new Thread(() -> parked.own(threads, ready), "kinema-parked-" + i);
            owner.setDaemon(true);
            owners.add(owner);
        }
        owners.forEach(Thread::start);
        awaitUninterrupted(ready);
        return parked;
    }

    /** How many it takes; none where a team is one thread, which waits for nobody. */
    static int teams(int threads, int processors) {
        int workers = threads - 1; // a team's owner is no thread of OpenMP's
        return workers == 0 ? 0 : Math.max(1, (processors + workers - 1) / workers - 1);
    }

    /** Ends their threads. */
    @Override
    public void close() {
        end.countDown();
    }

    /** A team is there from its owner's first operation until its owner ends. */
    private void own(int threads, CountDownLatch ready) {
        try (Tensor filled = torch.ones(threads * GRAIN)) {
            ready.countDown();
        }
        awaitUninterrupted(end);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
