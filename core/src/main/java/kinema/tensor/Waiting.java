package kinema.tensor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the threads that compute an operation wait for one another: they spin, which is quickest where each has a processor to itself, or
 * sleep, where other programs want the processors and a thread that spins takes them from the one it waits for.
 *
 * <p>GNU OpenMP reads how to wait from the environment, once. But it spins 300 times less while there are more of its threads than
 * processors, whatever they do: so on a busy machine {@link ParkedTeams} that compute nothing are there beside those that do. Numbers do
 * not depend on it. A machine is busy when the program's threads, of the time in which they wanted a processor, had to queue for one for
 * more than a tenth; Linux keeps both sums. Elsewhere, or where the user's environment says how to wait, nothing is done.
 */
final class Waiting {
    /**
     * What threads got of the processors and what they did not, since they began.
     *
     * @param running nanoseconds on a processor
     * @param queueing nanoseconds in which they could have run, had one been free
     */
    record Times(long running, long queueing) {
        private static final Times NONE = new Times(0, 0);

        private Times plus(Times other) {
            return new Times(running + other.running, queueing + other.queueing);
        }

        private Times minus(Times other) {
            return new Times(running - other.running, queueing - other.queueing);
        }

        /** Whether they did too little to tell anything. */
        boolean idle() {
            return running + queueing < ENOUGH_NANOS;
        }

        boolean busy() {
            return queueing > BUSY * (running + queueing);
        }
    }

    /**
     * The times of the threads that are alive; those of one that ends are lost.
     *
     * @param each by a thread's number
     */
    record Threads(Map<String, Times> each) {
        /** What they all met with since they began. */
        Times total() {
            return since(new Threads(Map.of()));
        }

        /** What these met with since then. */
        Times since(Threads before) {
            return each.entrySet().stream()
                    .map(now -> now.getValue().minus(before.each.getOrDefault(now.getKey(), Times.NONE)))
                    .reduce(Times.NONE, Times::plus);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
    private static final Set<String> USERS = Set.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME");
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final double BUSY = 0.1;
    private static final long ENOUGH_NANOS = 10_000_000;
    private static final long LOOK_MILLIS = 500;
    private static final int QUIET_LOOKS = 20; // in a row, until threads may spin again

    private @Nullable ParkedTeams parked;
    private Threads before;
    private int quiet;

    private Waiting(Threads now) {
        before = now;
    }

    /** Decides now, by what the program has met with since it began, and again twice a second from now on. libtorch is loaded. */
    static void watch() {
        Threads now = threads();
        if (now.total().idle() || leftToUser(System.getenv())) {
            return;
        }
        Waiting waiting = new Waiting(now);
        waiting.decide(now.total());
        Thread thread = new Thread(waiting::look, "kinema-waiting");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether the environment says how OpenMP's threads wait. */
    static boolean leftToUser(Map<String, String> environment) {
        return USERS.stream().anyMatch(environment::containsKey);
    }

    /** All the program's threads; none where the system does not keep their times. */
    static Threads threads() {
        Map<String, Times> each = new HashMap<>();
        if (!Files.isDirectory(THREADS)) {
            return new Threads(each);
        }
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                read(thread.resolve("schedstat"))
                        .ifPresent(times -> each.put(thread.getFileName().toString(), times));
            }
        } catch (IOException e) {
            LOG.debug("{} cannot be listed, so threads wait as they did", THREADS, e);
        }
        return new Threads(each);
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                Threads now = threads();
                decide(now.since(before));
                before = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void decide(Times met) {
        if (met.idle()) {
            return;
        }
        quiet = met.busy() ? 0 : quiet + 1;
        if (parked == null && met.busy()) {
            parked = ParkedTeams.park();
            LOG.debug("the machine is busy: threads sleep while they wait for one another");
        } else if (parked != null && quiet >= QUIET_LOOKS) {
            parked.close();
            parked = null;
            LOG.debug("the machine is quiet: threads spin while they wait for one another");
        }
    }

    /** Of one thread; empty where it has ended meanwhile. */
    private static Optional<Times> read(Path file) {
        try {
            String[] numbers = Files.readString(file).split(" ", -1);
            return Optional.of(new Times(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
