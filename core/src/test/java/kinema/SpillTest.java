package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.diffusion.SchedulerType;
import kinema.system.Stage;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Unfinished work: what is kept, that it ends as a run in one go, and what is refused. */
class SpillTest {
    private static final int STEPS = 4;

    @TempDir
    static Path text;

    @TempDir
    static Path image;

    @TempDir
    private Path place;

    private Path folder = Path.of("");

    @BeforeAll
    static void layOut() {
        Golden.model("t2v-5b", text);
        Golden.model("i2v-5b", image);
        Kinema.setThreads(1); // small work
    }

    @BeforeEach
    void choosePlace() {
        folder = place.resolve("video.mp4.kinema");
    }

    /** Ends a run after some steps, or when decoding begins, and keeps its events. */
    private static final class Interruption implements GenerationListener {
        private final int after;
        private final List<String> events = new ArrayList<>();
        private int steps;

        Interruption(int after) {
            this.after = after;
        }

        @Override
        public void stage(Stage stage, int number, int count) {
            events.add(stage.name());
            if (after == STEPS && stage.kind() == Stage.Kind.DECODE) {
                throw new IllegalStateException("decoding failed");
            }
        }

        @Override
        public void step(int done, int total) {
            events.add(done + "/" + total);
            steps = done;
        }

        @Override
        public boolean cancelled() {
            return steps == after && after < STEPS;
        }
    }

    @ParameterizedTest
    @EnumSource(SchedulerType.class)
    void anInterruptedRunEndsAsOneInOneGo(SchedulerType scheduler) {
        try (VideoModel model = Kinema.open(text)) {
            List<byte[]> whole = frames(model, request().scheduler(scheduler));
            for (int after = 1; after <= STEPS; after++) {
                interrupt(model, spilled().scheduler(scheduler), after);
                assertThat(UnfinishedRun.read(folder).done()).isEqualTo(after);

                Interruption rest = new Interruption(-1);
                assertSame(frames(model, spilled().scheduler(scheduler), rest), whole, after);
                assertThat(rest.events).doesNotContain("text", after + "/" + STEPS);
                assertThat(rest.events).hasSize(STEPS - after + (after < STEPS ? 2 : 1));
                UnfinishedRun.delete(folder);
                assertThat(folder).doesNotExist();
            }
        }
    }

    @Test
    void whatIsKeptTellsTheRequestButNeedsNoPictures() {
        PictureCondition picture = PictureCondition.image(new Video(20, 10, 1, List.of(new byte[600])));
        try (VideoModel model = Kinema.open(image)) {
            List<byte[]> whole = frames(model, request().size(96, 64).condition(picture));
            interrupt(model, spilled().size(96, 64).condition(picture), 2);

            UnfinishedRun run = UnfinishedRun.read(folder);

            assertThat(run.notes()).isEqualTo(Map.of("out", "video.mp4"));
            assertThat(run.provenance().pictures()).hasValue(PictureNote.of(picture));
            GenerationRequest again =
                    run.provenance().request().spill(Spill.into(folder)).build();
            try (Generation made = model.generate(again, GenerationListener.NONE)) {
                assertSame(made.video().frames(), whole, 2);
                assertThat(made.provenance()).isEqualTo(run.provenance());
            }
            PictureCondition other = PictureCondition.image(new Video(20, 10, 1, List.of(bytes(600))));
            assertThatThrownBy(() -> frames(model, spilled().size(96, 64).condition(other)))
                    .isInstanceOf(SpillException.class)
                    .hasMessageContaining("another request: its condition is {");
        }
    }

    @Test
    void theSameLatentsDecodeInOtherTilesAndAtAnotherRate() {
        try (VideoModel model = Kinema.open(text)) {
            List<byte[]> tiled = frames(model, request().tile(16, 16));
            interrupt(model, spilled(), STEPS);

            try (Generation made = model.generate(spilled().tile(16, 16).fps(5).build(), GenerationListener.NONE)) {
                assertSame(made.video().frames(), tiled, STEPS);
                assertThat(made.video().fps()).isEqualTo(5);
            }
        }
    }

    @Test
    void workOfAnotherRequestIsNotGoneOnFrom() {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 1);

            assertThatThrownBy(() -> frames(model, spilled().guidance(2)))
                    .isInstanceOf(SpillException.class)
                    .hasMessage(folder + " holds the unfinished run of another request: its guidance is 6.0, here 2.0;"
                            + " resume that one, remove the folder, or choose another output");
        }
        assertThat(UnfinishedRun.read(folder).done()).isEqualTo(1);
    }

    /** A run that an earlier version began, which had one setting less. */
    @Test
    void aSettingThatTheRunDidNotKnowHasItsOwnValue() throws IOException {
        try (VideoModel model = Kinema.open(text)) {
            List<byte[]> whole = frames(model, request());
            interrupt(model, spilled(), 2);
            Path file = folder.resolve("request.json");
            String before = Files.readString(file);
            String after = before.replaceFirst("\"dynamic-guidance\" *: *false, *", "");
            assertThat(after).isNotEqualTo(before);
            Files.writeString(file, after);

            assertSame(frames(model, spilled()), whole, 2);

            UnfinishedRun.delete(folder);
            interrupt(model, spilled(), 2);
            Files.writeString(file, after);
            assertThatThrownBy(() -> frames(model, spilled().set("dynamic-guidance", true)))
                    .isInstanceOf(SpillException.class)
                    .hasMessageContaining("its dynamic-guidance is false, here true");
        }
    }

    @Test
    void workOfOtherWeightsIsNotGoneOnFrom(@TempDir Path other) throws IOException {
        Golden.model("t2v-5b", other);
        Files.writeString(other.resolve("note.json"), "{}");
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 1);
        }
        try (VideoModel model = Kinema.open(other)) {
            assertThatThrownBy(() -> frames(model, spilled()))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll("was begun with other weights", Kinema.digest(text), Kinema.digest(other));
        }
    }

    @Test
    void damagedWorkIsRefused() throws IOException {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 2);
            Path state = folder.resolve("state.safetensors");
            byte[] bytes = Files.readAllBytes(state);
            Files.write(state, Arrays.copyOf(bytes, bytes.length - 8));

            assertThatThrownBy(() -> frames(model, spilled()))
                    .isInstanceOf(SpillException.class)
                    .hasMessageStartingWith("the saved work in " + folder + " is damaged (")
                    .hasMessageEndingWith("; remove the folder and generate again");
        }
    }

    @Test
    void workWhoseNumbersChangedIsRefused() throws IOException {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 2);
            Path state = folder.resolve("state.safetensors");
            byte[] whole = Files.readAllBytes(state);
            byte[] bytes = whole.clone();
            bytes[bytes.length - 1] ^= 1;
            Files.write(state, bytes);
            assertThatThrownBy(() -> frames(model, spilled()))
                    .isInstanceOf(SpillException.class)
                    .hasMessageContaining(" is damaged (its digest is another than when it was written); ");
            replace(state, whole, "\"done\":\"2\"", "\"done\":\"3\"");
            assertThatThrownBy(() -> frames(model, spilled())).hasMessageContaining("its digest is another");
            replace(state, whole, "\"dtype\":\"U8\"", "\"dtype\":\"I8\"");
            assertThatThrownBy(() -> frames(model, spilled()))
                    .isInstanceOf(SpillException.class)
                    .hasMessageContaining("the state of the random numbers must be a row of bytes, found I8 (");
            Files.write(state, whole);
            assertThat(UnfinishedRun.read(folder).stage()).hasValue("denoise");
            assertThat(frames(model, spilled())).isNotEmpty();
        }
    }

    private static void replace(Path file, byte[] bytes, String from, String to) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void foldersWithoutKeptWorkAreRefused() throws IOException {
        Path request = folder.resolve("request.json");
        assertUnreadable(folder + " is no unfinished run: no such folder");
        Files.createDirectory(folder);
        assertUnreadable(folder + " is no unfinished run: it has no request.json");
        Files.write(request, new byte[] {(byte) 0xFF});
        assertUnreadable(request + ": it is not text in UTF-8");
        Files.writeString(request, "{");
        assertUnreadable(request + ": not valid JSON");
        Files.writeString(request, "{}");
        assertUnreadable(request + ": version must be 2, found none");
        Files.writeString(request, "{\"version\": 1}");
        assertUnreadable(request + ": version must be 2, found 1; go on with the Kinema that wrote it");
        Files.writeString(request, "{\"version\": 2}");
        assertUnreadable(request + ": a provenance must be a JSON object");
    }

    @Test
    void aFolderThatCannotBeWrittenIsToldAndTheRunEndsAllTheSame() throws IOException {
        List<String> told = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void unsaved(String why) {
                told.add(why);
            }
        };
        try (VideoModel model = Kinema.open(text)) {
            Files.writeString(folder, "a file in the folder's place");

            model.generate(spilled().build(), listener).close();

            assertThat(told)
                    .containsExactly(
                            "unfinished work cannot be saved in " + folder + " (there is a file of that name)");
            assertThat(folder).hasContent("a file in the folder's place");
        }
    }

    @Test
    void nothingIsKeptOfARunThatIsQuicklyCancelledAtItsStart() {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, request().spill(Spill.into(folder)), 0);
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void aRunHoldsItsFolderUntilItEnds() {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 1);
            UnfinishedRun.requireUnused(folder);
            List<Stage> held = new ArrayList<>();
            GenerationListener listener = new GenerationListener() {
                @Override
                public void stage(Stage stage, int number, int count) {
                    assertThatThrownBy(() -> UnfinishedRun.requireUnused(folder))
                            .isInstanceOf(SpillException.class);
                    held.add(stage);
                }
            };

            frames(model, spilled(), listener);

            assertThat(held).extracting(Stage::name).containsExactly("denoise", "decode");
            UnfinishedRun.requireUnused(folder);
            UnfinishedRun.delete(folder);
            assertThat(folder).doesNotExist();
        }
    }

    @Test
    void otherFilesInTheFolderStay() throws IOException {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 1);
        }
        Path other = Files.writeString(folder.resolve("mine.txt"), "mine");

        UnfinishedRun.delete(folder);

        assertThat(folder).isDirectoryContaining(other::equals);
        assertThat(UnfinishedRun.isAt(folder)).isFalse();
        UnfinishedRun.delete(place.resolve("absent"));
    }

    @Test
    void goingOnLeavesNoNativeMemoryAlive() {
        try (VideoModel model = Kinema.open(text)) {
            interrupt(model, spilled(), 2);
            frames(model, spilled());
            long pointers = LivePointers.settled();
            for (int after = 1; after <= STEPS; after++) {
                UnfinishedRun.delete(folder);
                interrupt(model, spilled(), after);
                frames(model, spilled());
                assertThat(LivePointers.now()).as("after step %d", after).isEqualTo(pointers);
            }
        }
    }

    @Test
    void stepsBetweenMustBePositive() {
        assertThatThrownBy(() -> Spill.into(folder).everySteps(0))
                .hasMessage("work must be saved after at least 1 step, found 0");
    }

    private void assertUnreadable(String message) {
        assertThatThrownBy(() -> UnfinishedRun.read(folder))
                .isInstanceOf(SpillException.class)
                .hasMessageStartingWith(message);
    }

    private GenerationRequest.Builder spilled() {
        return request().spill(Spill.into(folder).everySteps(3).withNotes(Map.of("out", "video.mp4")));
    }

    private static GenerationRequest.Builder request() {
        return GenerationRequest.of("a boat").seed(5).steps(STEPS).size(32, 32).frames(9);
    }

    private static void interrupt(VideoModel model, GenerationRequest.Builder request, int after) {
        assertThatThrownBy(() -> frames(model, request, new Interruption(after)))
                .isInstanceOf(after == STEPS ? IllegalStateException.class : CancellationException.class);
    }

    private static List<byte[]> frames(VideoModel model, GenerationRequest.Builder request) {
        return frames(model, request, GenerationListener.NONE);
    }

    private static List<byte[]> frames(
            VideoModel model, GenerationRequest.Builder request, GenerationListener listener) {
        try (Generation made = model.generate(request.build(), listener)) {
            return made.video().frames();
        }
    }

    private static void assertSame(List<byte[]> frames, List<byte[]> expected, int after) {
        assertThat(frames).as("gone on after step %d", after).hasSameSizeAs(expected);
        for (int i = 0; i < frames.size(); i++) {
            assertThat(frames.get(i))
                    .as("gone on after step %d, frame %d", after, i)
                    .isEqualTo(expected.get(i));
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 9);
        return bytes;
    }
}
