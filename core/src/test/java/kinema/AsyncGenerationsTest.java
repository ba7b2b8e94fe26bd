package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import kinema.system.OpenOptions;
import kinema.testing.toy.ToyCascade;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Generations on threads of their own: what they answer, and that nothing goes on that nobody waits for. */
@Timeout(60)
class AsyncGenerationsTest {
    private static final GenerationRequest REQUEST =
            GenerationRequest.of("abba").seed(3).build();

    @TempDir
    static Path folder;

    @BeforeAll
    static void write() {
        ToyCascade.write(folder);
    }

    /** Stops at the first step until it is let go; counts the steps. */
    private static final class Held implements GenerationListener {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicInteger steps = new AtomicInteger();
        private final List<Thread> threads = new ArrayList<>();

        @Override
        public void step(int done, int total) {
            steps.incrementAndGet();
            threads.add(Thread.currentThread());
            begun.countDown();
            try {
                assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        void join() throws InterruptedException {
            threads.get(0).join();
        }
    }

    private static VideoModel open() {
        return Kinema.open(new ToyCascade(), folder, OpenOptions.DEFAULT);
    }

    @Test
    void itAnswersAsAGenerationOnTheCallersThread() {
        try (VideoModel model = open()) {
            Video expected = model.generate(REQUEST).video();
            List<Thread> threads = new ArrayList<>();
            Video made = model.generateAsync(REQUEST, new GenerationListener() {
                        @Override
                        public void step(int done, int total) {
                            threads.add(Thread.currentThread());
                        }
                    })
                    .join()
                    .video();
            assertThat(made.frames()).containsExactlyElementsOf(expected.frames());
            assertThat(threads).isNotEmpty().doesNotContain(Thread.currentThread());
        }
    }

    @Test
    void cancellingTheFutureEndsTheGeneration() throws Exception {
        Held held = new Held();
        try (VideoModel model = open()) {
            CompletableFuture<Generation> future = model.generateAsync(REQUEST, held);
            assertThat(held.begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(future.cancel(true)).isTrue();
            held.go.countDown();
            held.join();
            assertThat(held.steps).hasValue(1); // of five
            assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void aFutureThatTimesOutEndsTheGeneration() throws Exception {
        Held held = new Held();
        try (VideoModel model = open()) {
            CompletableFuture<Generation> future = model.generateAsync(REQUEST, held);
            assertThat(held.begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> future.orTimeout(1, TimeUnit.MILLISECONDS).join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
            held.go.countDown();
            held.join();
            assertThat(held.steps).hasValue(1);
        }
    }

    @Test
    void closingTheModelCancelsAndWaits() throws Exception {
        Held held = new Held();
        VideoModel model = open();
        CompletableFuture<Generation> future = model.generateAsync(REQUEST, held);
        assertThat(held.begun.await(30, TimeUnit.SECONDS)).isTrue();
        Thread closing = new Thread(model::close);
        closing.start();
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThat(closing.isAlive()).isTrue(); // the generation is still at its step
        held.go.countDown();
        closing.join();
        assertThat(held.threads.get(0).isAlive()).isFalse();
        assertThat(held.steps).hasValue(1);
        assertThatThrownBy(() -> model.generateAsync(REQUEST))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void whatFollowsTheResultMayCloseTheModel() throws Exception {
        VideoModel model = open();
        Generation made = model.generateAsync(REQUEST)
                .whenComplete((result, failure) -> model.close())
                .get(30, TimeUnit.SECONDS);
        assertThat(made.video().frames()).isNotEmpty();
    }

    @Test
    void whatFollowsAFailureMayCloseTheModel() {
        VideoModel model = open();
        CompletableFuture<Generation> failed = model.generateAsync(
                        REQUEST.toBuilder().set("no-such", 1).build())
                .whenComplete((result, failure) -> model.close());
        assertThatThrownBy(() -> failed.get(30, TimeUnit.SECONDS)).hasMessageContaining("no-such");
        assertThatThrownBy(() -> model.generateAsync(REQUEST)).hasMessageContaining("is closed");
    }

    @Test
    void aGenerationCannotCloseItsOwnModel() {
        try (VideoModel model = open()) {
            CompletableFuture<Generation> future = model.generateAsync(REQUEST, new GenerationListener() {
                @Override
                public void step(int done, int total) {
                    model.close();
                }
            });
            assertThatThrownBy(future::join).hasMessageContaining("cannot be closed from within its own generation");
        }
    }

    @Test
    void whatIsWrongWithARequestIsTheFuturesToSay() {
        try (VideoModel model = open()) {
            CompletableFuture<Generation> future =
                    model.generateAsync(REQUEST.toBuilder().set("no-such", 1).build());
            assertThatThrownBy(future::join)
                    .hasCauseInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no-such");
        }
    }

    @Test
    void everythingIsToldToTheListener() {
        List<String> plain = new ArrayList<>();
        List<String> async = new ArrayList<>();
        GenerationRequest request = GenerationRequest.of("a very very long prompt that is cut somewhere")
                .seed(3)
                .build();
        try (VideoModel model = open()) {
            model.generate(request, new Everything(plain)).close();
            model.generateAsync(request, new Everything(async)).join().close();
        }
        assertThat(async).containsExactlyElementsOf(plain).anyMatch(e -> e.startsWith("preview"));
    }
}
