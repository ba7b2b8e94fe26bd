package kinema.testing;

import static kinema.testing.ContractRuns.copy;
import static kinema.testing.ContractRuns.make;
import static kinema.testing.ContractRuns.meeting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kinema.GenerationRequest;
import kinema.Job;
import kinema.Kinema;
import kinema.Outcome;
import kinema.Provenance;
import kinema.Spill;
import kinema.VideoModel;
import kinema.memory.MemoryException;
import kinema.memory.Meter;
import kinema.memory.StageMemory;
import kinema.system.OpenOptions;
import kinema.system.PipelineRules;
import kinema.system.Setting;
import kinema.system.Stage;
import kinema.system.VideoSystem;
import kinema.testing.ContractRuns.Events;
import kinema.testing.ContractRuns.Frames;
import kinema.testing.ContractRuns.Made;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every system is held to. A system's own test extends this and says where a small checkpoint of it is and what to ask
 * it for.
 */
public abstract class SystemContract {
    private static final String ABSENT = "no-such-setting";

    /** Bytes of the random numbers' state before and after a step, which plans leave out. */
    private static final long RANDOM_STATES = 2 * 5056;

    @TempDir
    private Path place;

    /** The system. */
    protected abstract VideoSystem system();

    /** A folder with a small checkpoint of it. */
    protected abstract Path model();

    /** A small request, complete but for its seed, of which every setting may be left open. */
    protected abstract GenerationRequest.Builder request();

    /** Requests that it must refuse, each with the beginning of what is said. */
    protected abstract Map<GenerationRequest, String> refused();

    /** Holds the system against numbers that are not its own. */
    protected abstract void holdAgainstTheReference();

    /** A LoRA of the checkpoint; empty where the system takes none. */
    protected Optional<Path> lora() {
        return Optional.empty();
    }

    @Test
    void itKnowsItsOwnFolders() {
        assertThat(system().name()).matches("[a-z0-9]+");
        assertThat(system().owns(model())).isTrue();
        assertThat(system().owns(place)).isFalse();
        assertThat(system().pipelines().size() + system().layouts().size()).isPositive();
        assertThatThrownBy(() -> Kinema.open(system(), place, OpenOptions.DEFAULT))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(place.toString());
    }

    @Test
    void itIsDescribedFromConfigsAlone() {
        long before = LivePointers.settled();
        assertThat(system().describe(model()).variant()).isNotBlank();
        assertThat(system().parts(model()).index().properties()).isNotEmpty();
        PipelineRules rules = system().rules(model());
        assertThat(rules.size().width()).isPositive();
        assertThat(rules.settings().settings()).allSatisfy(setting -> {
            assertThat(setting.key()).matches("([a-z0-9-]+\\.)?[a-z][a-z0-9-]*");
            assertThat(setting.words()).isNotBlank();
        });
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @Test
    void aRequestIsPlannedBeforeAnythingIsLoaded() {
        try (VideoModel opened = open()) {
            GenerationRequest request = request().seed(1).build();
            opened.prepare(request);
            long before = LivePointers.settled();

            Job job = opened.prepare(request);

            assertThat(job.plan().refusal()).isEmpty();
            assertThat(job.plan().stages())
                    .extracting(StageMemory::stage)
                    .isEqualTo(system().rules(model()).stages(job.provenance().sampling()).stream()
                            .map(Stage::name)
                            .toList());
            assertThat(job.provenance().sampling().seed()).isEqualTo(1);
            assertThat(job.provenance().model().system()).isEqualTo(system().name());
            assertThat(job.begun()).isEmpty();
            assertThat(LivePointers.now()).isEqualTo(before);
        }
    }

    @Test
    void aRunTakesWhatWasPlanned() {
        try (VideoModel opened = open()) {
            Job job = opened.prepare(request().seed(5).build());
            long planned = job.plan().peak() - job.plan().base();

            long measured = Meter.peak(() -> job, j -> {
                try (Outcome made = j.run(new Events(), new Frames())) {
                    assertThat(made.provenance()).isNotNull();
                }
            });
            assertThat(measured).isBetween(planned * 85 / 100, planned * 115 / 100 + RANDOM_STATES);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsLoaded() {
        try (VideoModel opened = open(1)) {
            Job job = opened.prepare(request().seed(5).build());
            Events events = new Events();
            long before = LivePointers.settled();
            assertThat(job.plan().refusal().orElseThrow()).startsWith("not enough memory for ");
            assertThatThrownBy(() -> job.run(events, new Frames())).isInstanceOf(MemoryException.class);
            assertThat(events.stages).isEmpty();
            assertThat(LivePointers.settled()).isEqualTo(before);
        }
    }

    /** There is memory for one request, in the smallest way there is, and two models are open. */
    @Test
    void twoModelsDoNotPlanIntoTheSameMemory() throws InterruptedException, ExecutionException {
        long least;
        try (VideoModel opened = open(1)) {
            least = opened.prepare(request().seed(5).tensors(true).build()) // as they are made below
                    .plan()
                    .peak();
        }
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (VideoModel one = open(least);
                VideoModel other = open(least)) {
            Job job = other.prepare(request().seed(5).build());
            assertThat(job.plan().refusal()).isEmpty();
            Events running = new Events() {
                @Override
                public void step(int done, int total) {
                    super.step(done, total);
                    assertThatThrownBy(() -> thread.submit(() -> job.run(new Events(), new Frames()))
                                    .get())
                            .cause()
                            .isInstanceOf(MemoryException.class)
                            .hasMessageContaining(" may be used beside the requests that run; ");
                }
            };
            Made first = make(one, request().seed(5), running);
            assertThat(running.steps).isPositive();
            thread.submit(() -> make(other, request().seed(5), new Events()))
                    .get()
                    .assertSame(first, "by the other");
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void badRequestsAreRefusedByName() {
        PipelineRules rules = system().rules(model());
        try (VideoModel opened = open()) {
            assertThatThrownBy(() -> opened.prepare(request().set(ABSENT, 1).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(ABSENT);
            for (Setting<?> setting : rules.settings().settings()) {
                if (!setting.type().kind().equals("a text")) {
                    assertThatThrownBy(() -> opened.prepare(request()
                                    .set(setting.key(), "neither number nor name")
                                    .build()))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageStartingWith(setting.key() + " must be ");
                }
            }
            refused()
                    .forEach((request, message) -> assertThatThrownBy(() -> opened.prepare(request))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageStartingWith(message));
        }
    }

    @Test
    void itsNumbersAreTheReferences() {
        holdAgainstTheReference();
    }

    @Test
    void theSameRequestGivesTheSameBytesAndAnotherSeedOthers() {
        try (VideoModel opened = open()) {
            Made first = make(opened, request().seed(5), new Events());
            make(opened, request().seed(5), new Events()).assertSame(first, "made again");
            assertThat(Arrays.equals(
                            make(opened, request().seed(6), new Events()).video(), first.video()))
                    .isFalse();
        }
    }

    @Test
    void stagesComeInTheOrderThatWasTold() {
        try (VideoModel opened = open()) {
            Events events = new Events();
            Made made = make(opened, request().seed(5), events);
            assertThat(events.stages)
                    .isEqualTo(system().rules(model()).stages(made.provenance().sampling()).stream()
                            .map(Stage::name)
                            .toList());
            assertThat(events.steps).isPositive();
            assertThat(made.frames()).hasSize(made.provenance().size().frames());
        }
    }

    @Test
    void aRunThatIsCancelledAfterAnyStepGoesOnWithTheSameBytes() {
        try (VideoModel opened = open()) {
            Events all = new Events();
            Made whole = make(opened, request().seed(5), all);
            for (int after = 1; after <= all.steps; after++) {
                Path folder = place.resolve("cancelled-" + after);
                int last = after;
                Events some = new Events() {
                    @Override
                    public boolean cancelled() {
                        return steps >= last;
                    }
                };
                assertThatThrownBy(() -> make(opened, spilled(folder), some)).isInstanceOf(CancellationException.class);
                assertThat(some.steps).as("steps of a run that is cancelled").isEqualTo(after);
                Events rest = new Events();
                make(opened, spilled(folder), rest).assertSame(whole, "after step " + after);
                assertThat(rest.steps).isEqualTo(all.steps - after);
                assertThat(rest.stages).doesNotContain(all.stages.get(0));
            }
        }
    }

    /** What lies in the folder at any moment is what a killed process leaves. */
    @Test
    void aRunThatIsKilledAtAnyStepGoesOnWithTheSameBytes() {
        try (VideoModel opened = open()) {
            Path kept = place.resolve("kept");
            List<Path> left = new ArrayList<>();
            Made whole = make(opened, spilled(kept), new Events() {
                @Override
                public void step(int done, int total) {
                    super.step(done, total);
                    copy(kept, place.resolve("killed-" + steps)).ifPresent(left::add);
                }

                @Override
                public void stage(Stage stage, int number, int count) {
                    super.stage(stage, number, count);
                    copy(kept, place.resolve("killed-at-" + stage)).ifPresent(left::add);
                }
            });
            assertThat(left).isNotEmpty();
            for (Path folder : left) {
                make(opened, spilled(folder), new Events()).assertSame(whole, "from " + folder.getFileName());
            }
        }
    }

    @Test
    void aVideoIsMadeAgainFromItsProvenance() {
        try (VideoModel opened = open()) {
            Made made = make(opened, request().seed(5), new Events());
            Provenance read = Provenance.parse(made.provenance().toJson());
            assertThat(read).isEqualTo(made.provenance());
            GenerationRequest.Builder again = read.request();
            request().build().condition().ifPresent(again::condition);
            assertThat(opened.prepare(again.build()).difference(read)).isEmpty();
            make(opened, again, new Events()).assertSame(made, "replayed");
        }
    }

    @Test
    void noNativePointerIsLeftWhateverEndsARun() {
        try (VideoModel opened = open()) {
            make(opened, request().seed(5), new Events());
            long before = LivePointers.settled();
            make(opened, request().seed(6), new Events());
            assertThat(LivePointers.now()).as("after a run").isEqualTo(before);
            Events cancelling = new Events() {
                @Override
                public boolean cancelled() {
                    return steps >= 1;
                }
            };
            assertThatThrownBy(() -> make(opened, request().seed(6), cancelling))
                    .isInstanceOf(CancellationException.class);
            Events failing = new Events() {
                @Override
                public void step(int done, int total) {
                    throw new IllegalStateException("the listener fails");
                }
            };
            assertThatThrownBy(() -> make(opened, request().seed(6), failing)).hasMessage("the listener fails");
            assertThat(LivePointers.settled()).as("after runs that ended early").isEqualTo(before);
        }
    }

    @Test
    void twoRequestsAtOnceGiveTheBytesOfEachAlone() throws InterruptedException, ExecutionException {
        try (VideoModel opened = open()) {
            List<Made> alone = List.of(
                    make(opened, request().seed(5), new Events()),
                    make(opened, request().seed(6), new Events()));
            CyclicBarrier together = new CyclicBarrier(2);
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                List<Callable<Made>> both = List.of(
                        () -> make(opened, request().seed(5), meeting(together)),
                        () -> make(opened, request().seed(6), meeting(together)));
                List<Future<Made>> made = threads.invokeAll(both);
                for (int i = 0; i < 2; i++) {
                    made.get(i).get().assertSame(alone.get(i), "beside another");
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void aLoraChangesTheVideoAndIsRecordedOrIsRefused() throws IOException {
        if (lora().isEmpty()) {
            Path any = Files.writeString(place.resolve("any.safetensors"), "any");
            OpenOptions refused = OpenOptions.DEFAULT.withLora(any, 1);
            assertThatThrownBy(() -> Kinema.open(system(), model(), refused))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("LoRA");
            return;
        }
        OpenOptions with = OpenOptions.DEFAULT.withLora(lora().get(), 1);
        try (VideoModel plain = open();
                VideoModel changed = Kinema.open(system(), model(), with)) {
            Made without = make(plain, request().seed(5), new Events());
            Made made = make(changed, request().seed(5), new Events());
            assertThat(Arrays.equals(made.video(), without.video())).isFalse();
            assertThat(made.provenance().model().loras()).hasSize(1);
            assertThat(changed.notes()).isNotEmpty();
        }
    }

    private VideoModel open() {
        return Kinema.open(system(), model(), OpenOptions.DEFAULT);
    }

    private VideoModel open(long bytes) {
        return Kinema.open(system(), model(), OpenOptions.DEFAULT.withMaxMemory(bytes));
    }

    private GenerationRequest.Builder spilled(Path folder) {
        return request().seed(5).spill(Spill.into(folder).everySteps(1));
    }
}
