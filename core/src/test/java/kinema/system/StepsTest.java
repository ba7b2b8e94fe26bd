package kinema.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The one loop: whom it tells of a step, what it has kept, what it frees. */
class StepsTest {
    private final List<String> events = new ArrayList<>();

    /** Adds a random number to x at each of four steps, in two parts. */
    private static class Adding implements Stepper {
        @Override
        public int count() {
            return 4;
        }

        @Override
        public Map<String, Tensor> step(RunState state, Rng rng) {
            Tensor before = state.changing("x");
            return Map.of("x", Scopes.keep(() -> before.add(rng.randn(2))), "same", state.changing("same"));
        }

        @Override
        public Optional<String> part(int step) {
            return Optional.of("half " + (step / 2 + 1));
        }

        @Override
        public void show(RunState state, RunObserver observer) {
            observer.tensor("x_step" + (state.done() - 1), state.changing("x"));
        }

        @Override
        public Optional<Tensor> preview(RunState state) {
            return Optional.of(state.changing("x"));
        }
    }

    /** Notes what it is offered. */
    private class Store implements StateStore {
        @Override
        public Optional<RunState> saved() {
            return Optional.empty();
        }

        @Override
        public void offer(RunState state) {
            events.add("offer " + state.done());
        }

        @Override
        public void save(RunState state) {
            events.add("keep " + state.done());
        }
    }

    /** Notes what it is told and ends the run after a step. */
    private class Observer implements RunObserver {
        @Override
        public void tokens(int done, int total) {}

        @Override
        public void note(String words) {}

        private final int last;
        private int done;

        Observer(int last) {
            this.last = last;
        }

        @Override
        public Collected collected() {
            return Collected.NOTHING;
        }

        @Override
        public void prompt(int tokens, String cutText) {}

        @Override
        public void warning(String text) {}

        @Override
        public void stage(Stage stage) {}

        @Override
        public void part(String name) {
            events.add(name);
        }

        @Override
        public void step(int steps, int total) {
            done = steps;
            events.add("step " + steps + "/" + total);
        }

        @Override
        public boolean wantsPreviews() {
            return done == 2;
        }

        @Override
        public void preview(int steps, Tensor pictures) {
            events.add("preview " + steps);
        }

        @Override
        public void tensor(String name, Tensor tensor) {
            events.add(name);
        }

        @Override
        public void frames(Tensor frames) {}

        @Override
        public void checkCancelled() {
            if (done == last) {
                throw new CancellationException("enough");
            }
        }
    }

    @Test
    void everyStepIsToldShownAndOffered() {
        Scopes.run(() -> new Steps(new Store(), new Observer(4)).run(state(1), new Adding()));

        assertThat(events)
                .containsExactly(
                        "offer 1",
                        "half 1",
                        "step 2/4",
                        "x_step1",
                        "preview 2",
                        "offer 2",
                        "half 2",
                        "step 3/4",
                        "x_step2",
                        "offer 3",
                        "step 4/4",
                        "x_step3",
                        "offer 4",
                        "keep 4");
    }

    @Test
    void whereNoStepIsLeftThereIsNothingToTell() {
        float[] x = Scopes.run(() -> numbers(new Steps(new Store(), new Observer(9)).run(state(4), new Adding())));

        assertThat(x).containsExactly(1, 2);
        assertThat(events).containsExactly("offer 4", "keep 4");
    }

    @Test
    void aRunThatGoesOnDrawsTheNumbersOfOneInOneGo() {
        float[] whole = Scopes.run(() -> numbers(steps(9).run(state(0), new Adding())));
        float[] parts = Scopes.run(() -> {
            RunState[] kept = new RunState[1];
            StateStore store = new Store() {
                @Override
                public void save(RunState state) {
                    kept[0] = copy(state);
                }
            };
            assertThatThrownBy(() -> new Steps(store, new Observer(3)).run(state(0), new Adding()))
                    .isInstanceOf(CancellationException.class);
            return numbers(steps(9).run(kept[0], new Adding()));
        });

        assertThat(parts).containsExactly(whole);
    }

    @Test
    void aFailureThatCannotBeKeptStaysTheFirstToBeTold() {
        StateStore full = new Store() {
            @Override
            public void save(RunState state) {
                throw new UncheckedIOException(new java.io.IOException("full"));
            }
        };

        assertThatThrownBy(() -> Scopes.run(() -> new Steps(full, new Observer(2)).run(state(0), new Adding())))
                .isInstanceOf(CancellationException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void numbersThatStopBeingFiniteAreRefusedAndWhatWasBeforeIsKept() {
        Stepper broken = new Adding() {
            @Override
            public Map<String, Tensor> step(RunState state, Rng rng) {
                double factor = state.done() == 2 ? Double.NaN : 1;
                return Map.of("x", state.changing("x").mul(new Scalar(factor)), "same", state.changing("same"));
            }

            @Override
            public String whereNotFinite(RunState state) {
                return "layer " + state.done();
            }
        };

        assertThatThrownBy(() -> Scopes.run(() -> steps(9).run(state(0), broken)))
                .isInstanceOf(NotFiniteException.class)
                .hasMessageStartingWith(
                        "x are not finite after step 3 of 4: the first such number is in layer 2; the weights");
        assertThat(events).contains("offer 2").endsWith("keep 2");
    }

    @Test
    void stepsLeaveNothingBehind() {
        Scopes.run(() -> steps(9).run(state(0), new Adding()));
        long before = LivePointers.settled();
        Scopes.run(() -> {
            RunState start = state(0);
            RunState end = steps(9).run(start, new Adding());
            assertThat(start.changing("x").isNull()).isTrue();
            assertThat(end.changing("same").isNull()).isFalse();
        });
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private Steps steps(int last) {
        return new Steps(new Store(), new Observer(last));
    }

    private static RunState state(int done) {
        try (Rng rng = new Rng(7)) {
            Map<String, Tensor> changing =
                    Map.of("x", Tensors.of(new float[] {1, 2}, 2), "same", Tensors.of(new long[] {3}, 1));
            return new RunState("add", done, changing, rng.state(), Map.of());
        }
    }

    private static RunState copy(RunState state) {
        return new RunState(
                state.stage(),
                state.done(),
                Map.of(
                        "x", Scopes.own(state.changing("x").clone()),
                        "same", Scopes.own(state.changing("same").clone())),
                Scopes.own(state.rng().clone()),
                Map.of());
    }

    private static float[] numbers(RunState state) {
        return Tensors.floats(state.changing("x"));
    }
}
