package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import kinema.tensor.Waiting.Times;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** When threads sleep while they wait, and that the teams which make them are there and go. */
class WaitingTest {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final long MILLI = 1_000_000;

    @Test
    void aMachineIsBusyWhereThreadsQueueForMoreThanATenthOfTheTimeTheyWantToRun() {
        assertThat(new Times(900 * MILLI, 99 * MILLI).busy()).isFalse();
        assertThat(new Times(900 * MILLI, 101 * MILLI).busy()).isTrue();
        assertThat(new Times(4 * MILLI, 5 * MILLI).idle()).isTrue();
        assertThat(new Times(5 * MILLI, 6 * MILLI).idle()).isFalse();
        Waiting.Threads before = new Waiting.Threads(Map.of("1", new Times(5, 4), "2", new Times(900, 90)));
        Waiting.Threads now = new Waiting.Threads(Map.of("1", new Times(20, 7), "3", new Times(2, 1)));
        assertThat(now.since(before)).isEqualTo(new Times(17, 4));
    }

    @Test
    void whatTheUserSaysStays() {
        assertThat(Waiting.leftToUser(Map.of("OMP_NUM_THREADS", "2"))).isFalse();
        assertThat(Waiting.leftToUser(Map.of("OMP_WAIT_POLICY", "active"))).isTrue();
        assertThat(Waiting.leftToUser(Map.of("GOMP_SPINCOUNT", "1000"))).isTrue();
        assertThat(Waiting.leftToUser(Map.of("KMP_BLOCKTIME", "0"))).isTrue();
    }

    /** One thread computes without a worker of OpenMP's; a team's owner is none either. */
    @Test
    void thereAreMoreThreadsThanProcessors() {
        assertThat(ParkedTeams.teams(1, 8)).isZero();
        for (int processors = 2; processors <= 64; processors++) {
            for (int threads = 2; threads <= processors; threads++) {
                int teams = ParkedTeams.teams(threads, processors);
                assertThat(1 + (threads - 1) * (1 + teams)).isGreaterThan(processors);
                assertThat(1 + (threads - 1) * teams)
                        .as("one team less, with %d threads on %d", threads, processors)
                        .isLessThanOrEqualTo(Math.max(processors, threads));
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatThreadsGotOfTheProcessorsIsCounted() {
        Waiting.Threads before = Waiting.threads();
        spin(30);
        Times met = Waiting.threads().since(before);
        assertThat(met.running() + met.queueing()).isGreaterThan(20 * MILLI);
    }

    /** Whatever it had had of the processors before. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aThreadThatEndsTakesNothingFromTheOthers() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            spin(200);
            ran.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        other.start();
        ran.await();
        Waiting.Threads before = Waiting.threads();
        mayEnd.countDown();
        other.join();
        spin(30);
        Times met = Waiting.threads().since(before);
        assertThat(met.running() + met.queueing()).isGreaterThan(20 * MILLI);
    }

    private static void spin(long millis) {
        long end = System.nanoTime() + millis * MILLI;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** In a JVM of its own, since tests compute with one thread. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void parkedTeamsAreThereUntilTheyAreClosed() throws Exception {
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = Math.min(2, processors);
        int expected = ParkedTeams.teams(threads, processors) * threads;

        Process process = started(threads);
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(printed.strip()).isEqualTo(expected + " parked, then 0");
    }

    private static Process started(int threads) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName());
        builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
        builder.environment().put("OMP_WAIT_POLICY", "passive"); // no other teams than the program's own
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** A program that parks teams and closes them. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            NativeLibraries.loadLibtorch();
            ParkedTeams teams = ParkedTeams.park();
            System.out.print(parked() + " parked, then ");
            teams.close();
            for (int i = 0; i < 1000 && parked() > 0; i++) {
                Thread.sleep(10);
            }
            System.out.println(parked());
        }

        /** Workers bear the name of the owner that started them. */
        private static long parked() throws IOException {
            try (Stream<Path> all = Files.list(THREADS)) {
                return all.filter(Program::isParked).count();
            }
        }

        private static boolean isParked(Path thread) {
            try {
                return Files.readString(thread.resolve("comm")).startsWith("kinema-parked");
            } catch (IOException e) {
                return false; // it has ended
            }
        }
    }
}
