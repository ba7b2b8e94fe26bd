package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kinema.system.RunState;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a run's state is written. */
class SpillStoreTest {
    private static final Provenance ANY =
            Provenance.parse("{\"weightsDigest\":\"0\",\"prompt\":\"a\",\"negative\":\"\","
                    + "\"seed\":1,\"scheduler\":\"ddim\",\"steps\":9,\"guidance\":6,\"width\":32,\"height\":16,\"frames\":1,"
                    + "\"fps\":8,\"model\":\"m\",\"engine\":\"e\"}");

    private static final LatentsNotes NOTES = new LatentsNotes("m", "digest", 1, 8, true);

    @TempDir
    private Path place;

    private final AtomicLong seconds = new AtomicLong(1000);
    private final List<String> told = new ArrayList<>();

    @Test
    void onceAMinuteUnlessToldOtherwise() {
        Path folder = place.resolve("a.kinema");
        SpillStore store = store(Spill.into(folder));

        for (int i = 0; i < 100; i++) {
            offer(store, 1, 0); // quick steps
        }
        assertThat(folder).doesNotExist();
        offer(store, 2, 61);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
        offer(store, 3, 59);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
        offer(store, 4, 120);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(4);
    }

    @Test
    void inTheFirstMinuteAfterEveryLongStep() {
        Path folder = place.resolve("a.kinema");
        SpillStore store = store(Spill.into(folder));

        offer(store, 1, 0);
        assertThat(folder).doesNotExist();
        offer(store, 2, 2);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
        offer(store, 3, 0);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
        offer(store, 4, 57);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(4);
        offer(store, 5, 30); // the first minute is over
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(4);
    }

    @Test
    void aDiskThatCannotBeWrittenEndsNoRunAndIsToldOnce() throws IOException {
        Path file = Files.writeString(place.resolve("file"), "");
        Path folder = file.resolve("a.kinema");
        try (SpillStore store = store(Spill.into(folder))) {
            offer(store, 1, 61);
            offer(store, 2, 61);
            Scopes.run(() -> store.save(state(3)));
            assertThat(told)
                    .singleElement()
                    .asString()
                    .startsWith("unfinished work cannot be saved in " + folder + " (");

            Files.delete(file); // and is tried again
            offer(store, 4, 61);
        }
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(4);
    }

    @Test
    void aLongTextEncodingIsKeptBeforeTheFirstStep() {
        Path folder = place.resolve("a.kinema");
        SpillStore store = store(Spill.into(folder));

        offer(store, 0, 61);

        assertThat(UnfinishedRun.isAt(folder)).isTrue();
        assertThat(StateFile.in(folder).exists()).isTrue();
    }

    @Test
    void whatIsKeptSaysWhichAutoencoderKnowsItsLatents() {
        Path folder = place.resolve("a.kinema");
        offer(store(Spill.into(folder)), 1, 61);

        try (Safetensors file = Safetensors.open(folder.resolve("state.safetensors"))) {
            assertThat(file.metadata()).containsAllEntriesOf(NOTES.toMap());
        }
    }

    @Test
    void withoutAStateThereIsNothingToGoOnFrom() throws IOException {
        Path folder = place.resolve("a.kinema");
        offer(store(Spill.into(folder)), 1, 61);
        assertThat(UnfinishedRun.isSaved(folder)).isTrue();

        StateFile.in(folder).delete();

        assertThat(UnfinishedRun.isSaved(folder)).isFalse();
    }

    @Test
    void afterSoManySteps() {
        Path folder = place.resolve("a.kinema");
        SpillStore store = store(Spill.into(folder).everySteps(2));

        offer(store, 1, 3600);
        assertThat(folder).doesNotExist();
        offer(store, 2, 0);
        offer(store, 3, 0);
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
        Scopes.run(() -> store.save(state(3)));
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(3);
    }

    @Test
    void aFolderServesOneRunAtATime() {
        Path folder = place.resolve("a.kinema");
        SpillStore first = store(Spill.into(folder));
        offer(first, 1, 60);

        assertThatThrownBy(() -> store(Spill.into(folder)))
                .isInstanceOf(SpillException.class)
                .hasMessage(folder + " is in use: another run saves its unfinished work there; wait until it ends, or"
                        + " choose another output");
        offer(first, 2, 60); // the refused one took nothing away
        first.close();

        try (SpillStore second = store(Spill.into(folder))) {
            assertThat(Scopes.run(() -> second.saved().map(RunState::done))).hasValue(2);
        }
    }

    @Test
    void ofTwoRunsThatBeginTogetherTheFirstToKeepWorkHasTheFolder() {
        Path folder = place.resolve("a.kinema");
        try (SpillStore first = store(Spill.into(folder));
                SpillStore second = store(Spill.into(folder))) {
            offer(second, 1, 60);

            assertThatThrownBy(() -> offer(first, 2, 60)).isInstanceOf(SpillException.class);

            assertThat(UnfinishedRun.read(folder).done()).isEqualTo(1);
        }
    }

    @Test
    void whatARunKeptMeanwhileAndLeftIsNotWrittenOver() {
        Path folder = place.resolve("a.kinema");
        try (SpillStore second = store(Spill.into(folder))) {
            try (SpillStore first = store(Spill.into(folder))) {
                offer(first, 7, 60);
            }

            assertThatThrownBy(() -> offer(second, 1, 0))
                    .isInstanceOf(SpillException.class)
                    .hasMessage(folder + " holds the unfinished work of another run, saved since this one began; resume"
                            + " that one, or choose another output");
        }
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(7);
    }

    @Test
    void aFolderThatWasRemovedIsMadeAgain() {
        Path folder = place.resolve("a.kinema");
        try (SpillStore store = store(Spill.into(folder))) {
            offer(store, 1, 60);
            UnfinishedRun.delete(folder);
            assertThat(folder).doesNotExist();

            offer(store, 2, 60);

            assertThat(UnfinishedRun.read(folder).done()).isEqualTo(2);
            assertThatThrownBy(() -> UnfinishedRun.requireUnused(folder)).isInstanceOf(SpillException.class);
        }
    }

    @Test
    void whatIsFinishedIsRemovedByWhateverNameItsFolderIsCalled() {
        Path folder = place.resolve("a.kinema");
        try (SpillStore store = store(Spill.into(folder))) {
            offer(store, 1, 60);
        }

        UnfinishedRun.delete(folder.resolve("."));

        assertThat(place).isEmptyDirectory();
    }

    private SpillStore store(Spill spill) {
        return new SpillStore(spill, ANY, NOTES.toMap(), told::add, () -> TimeUnit.SECONDS.toNanos(seconds.get()));
    }

    private void offer(SpillStore store, int done, int secondsLater) {
        seconds.addAndGet(secondsLater);
        Scopes.run(() -> store.offer(state(done)));
    }

    private static RunState state(int done) {
        return new RunState(
                "denoise",
                done,
                Map.of("latents", Tensors.of(new float[] {1}, 1)),
                Tensors.zeros(ScalarType.Byte, 1),
                Map.of("text", Tensors.of(new float[] {2}, 1)));
    }
}
