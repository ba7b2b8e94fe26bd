package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.memory.MemoryException;
import kinema.system.Collected;
import kinema.system.Condition;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.system.OpenOptions;
import kinema.system.PictureSize;
import kinema.system.Run;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.StateStore;
import kinema.system.VideoSize;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of the small Show-1: stages, interruptions, memory, and what is refused. */
class CascadeTest {
    /** Two steps a window, two of three of refining. */
    private static final Map<String, Object> QUICK = Map.of(
            "key-width", 8,
            "key-height", 4,
            "base.steps", 2,
            "interpolate.steps", 2,
            "first-frame.steps", 2,
            "upscale.steps", 2,
            "refine.steps", 3);

    /** One step a window, two of three of refining. */
    private static final Map<String, Object> ONE = Map.of(
            "key-width", 8,
            "key-height", 4,
            "base.steps", 1,
            "interpolate.steps", 1,
            "first-frame.steps", 1,
            "upscale.steps", 1,
            "refine.steps", 3);

    private static final Path FOLDER = Golden.file("show1");

    private static Show1Pipeline model;
    private static float[] whole; // the video of a run that nobody interrupts

    @BeforeAll
    static void open() {
        torch.set_num_threads(1);
        model = Show1Pipeline.open(FOLDER, OpenOptions.DEFAULT);
        try (Collector told = Collector.ofAll()) {
            model.run(run(model, sampling(ONE, 16, 8, 29), StateStore.NONE, told));
            whole = Scopes.run(() -> Tensors.floats(told.video()));
        }
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** Keeps copies of states in memory. */
    private static final class MemoryStore implements StateStore {
        private Optional<RunState> saved = Optional.empty();

        @Override
        public Optional<RunState> saved() {
            return saved.map(MemoryStore::copy);
        }

        @Override
        public void offer(RunState state) {}

        @Override
        public void save(RunState state) {
            Optional<RunState> before = saved;
            RunState copy = copy(state);
            all(copy).values().forEach(Scopes::own);
            saved = Optional.of(copy);
            before.ifPresent(old -> all(old).values().forEach(Scopes::free));
        }

        private static RunState copy(RunState s) {
            return new RunState(
                    s.stage(), s.done(), copies(s.changing()), s.rng().clone(), copies(s.fixed()));
        }

        private static Map<String, Tensor> copies(Map<String, Tensor> tensors) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> copies.put(name, tensor.clone()));
            return copies;
        }

        private static Map<String, Tensor> all(RunState s) {
            Map<String, Tensor> all = new HashMap<>(s.fixed());
            s.changing().forEach((name, tensor) -> all.put("changing." + name, tensor));
            all.put("rng", s.rng());
            return all;
        }
    }

    @Test
    void aRunTellsItsStagesAndWindows() {
        try (Collector told = Collector.withPreviews()) {
            model.run(run(model, sampling(QUICK, 16, 8, 29), StateStore.NONE, told));
            assertThat(told.events)
                    .containsSubsequence(
                            "prompt 20 ''",
                            "text",
                            "base",
                            "interpolate",
                            "window 1 of 7",
                            "window 7 of 7",
                            "first-frame",
                            "upscale",
                            "window 1 of 4",
                            "window 4 of 4",
                            "encode",
                            "refine",
                            "decode");
            // Every step but the last of a window shows its pictures; latents are none.
            assertThat(told.previewed).isEqualTo(1 + 7 + 1 + 4);
            Scopes.run(() -> assertThat(told.video().shape()).containsExactly(29, 8, 16, 3));
        }
    }

    /** Wherever a run is interrupted, also between stages, it ends with the same bytes. */
    @ParameterizedTest
    @ValueSource(
            ints = {1, 5, 8, 9, 11, 13, 14
            }) // 1 of the base, 7 between frames, the first frame, 4 windows, 2 of refining
    void aRunThatGoesOnEndsWithTheSameBytes(int steps) {
        Sampling s = sampling(ONE, 16, 8, 29);
        MemoryStore store = new MemoryStore();
        try (Collector first = Collector.until(steps);
                Collector second = Collector.ofAll()) {
            assertThatThrownBy(() -> model.run(run(model, s, store, first))).isInstanceOf(CancellationException.class);
            model.run(run(model, s, store, second));
            Scopes.run(() -> assertThat(Tensors.floats(second.video())).isEqualTo(whole));
            assertThat(second.events).doesNotContain("text");
        }
    }

    @ParameterizedTest
    @CsvSource({"base, 8, 4, 5, base", "interpolate, 8, 4, 9, interpolate", "upscale, 32, 16, 29, upscale"})
    void aRunCanEndWithAnEarlierStage(String until, int width, int height, int frames, String last) {
        Map<String, Object> settings = new HashMap<>(ONE);
        settings.put("until", until);
        try (Collector told = Collector.ofAll()) {
            model.run(run(model, sampling(settings, width, height, frames), StateStore.NONE, told));
            assertThat(told.events.stream().filter(event -> !event.startsWith("window")))
                    .last()
                    .isEqualTo(last);
            Scopes.run(() -> {
                assertThat(told.video().shape()).containsExactly(frames, height, width, 3);
                assertThat(told.video().min().item_double()).isNotNegative();
            });
        }
    }

    /** Streamed weights and another guidance: fewer predictions, the same way. */
    @Test
    void streamedWeightsGiveTheSameBytes() {
        Map<String, Object> settings = new HashMap<>(QUICK);
        settings.putAll(Map.of("until", "interpolate", "base.guidance", 1));
        Sampling s = sampling(settings, 8, 4, 5);
        long peak = model.plan(s, Collected.NOTHING).peak();
        OpenOptions narrow = OpenOptions.DEFAULT.withMaxMemory(peak - 1);
        try (Show1Pipeline streamed = Show1Pipeline.open(FOLDER, narrow);
                Collector here = Collector.ofAll();
                Collector there = Collector.ofAll()) {
            assertThat(streamed.plan(s, Collected.NOTHING).refusal()).isEmpty();
            model.run(run(model, s, StateStore.NONE, here));
            streamed.run(run(streamed, s, StateStore.NONE, there));
            Scopes.run(() -> assertThat(Tensors.floats(there.video())).isEqualTo(Tensors.floats(here.video())));
        }
        try (Show1Pipeline nothing = Show1Pipeline.open(FOLDER, OpenOptions.DEFAULT.withMaxMemory(1_000_000));
                Collector told = Collector.ofAll()) {
            assertThatThrownBy(() -> nothing.run(run(nothing, s, StateStore.NONE, told)))
                    .isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("not enough memory for ");
        }
    }

    @Test
    void aVideoIsRefined() {
        Sampling s = refining(ONE, 16, 8, 3, .7);
        try (Collector told = Collector.ofAll()) {
            model.run(new Run(
                    s,
                    model.plan(s, Collected.NOTHING),
                    () -> torch.full(new long[] {3, 8, 16, 3}, new Scalar(90)).to(ScalarType.Byte),
                    StateStore.NONE,
                    told));
            assertThat(told.events)
                    .contains("text", "encode", "refine", "decode")
                    .doesNotContain("base");
            Scopes.run(() -> assertThat(told.video().shape()).containsExactly(3, 8, 16, 3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "interpolate, interpolate, 9, 8, 4, 3, interpolate",
        "interpolate, upscale, 29, 32, 16, 8, upscale",
        "upscale, upscale, 8, 32, 16, 8, upscale",
        "upscale, refine, 8, 16, 8, 8, decode",
    })
    void aRunGoesOnFromAVideoOfAnEarlierStage(
            String from, String until, int frames, int width, int height, int needed, String last) {
        Map<String, Object> settings = new HashMap<>(ONE);
        settings.put("from", from);
        settings.put("until", until);
        Sampling s = refining(settings, width, height, frames, .8);
        assertThat(model.rules().pictures(s)).isEqualTo(new PictureSize(needed, 8, 4));
        float[] dark = goneOn(s, needed, 30, last);
        float[] light = goneOn(s, needed, 220, last);
        assertThat(dark).hasSize(frames * width * height * 3).isNotEqualTo(light);
    }

    private float[] goneOn(Sampling s, int count, double grey, String last) {
        try (Collector told = Collector.ofAll()) {
            model.run(new Run(
                    s,
                    model.plan(s, Collected.NOTHING),
                    () -> torch.full(new long[] {count, 4, 8, 3}, new Scalar(grey))
                            .to(ScalarType.Byte),
                    StateStore.NONE,
                    told));
            assertThat(told.events).contains(last).doesNotContain("base");
            return Scopes.run(() -> Tensors.floats(told.video()));
        }
    }

    @Test
    void keyFramesGiveFourTimesAsManyFrames() {
        Settings interpolated = model.rules().settings().complete(Map.of("from", "interpolate"));
        assertThat(model.rules().frames(8, interpolated)).isEqualTo(29);
        assertThat(model.rules().frames(8, model.rules().settings().standard())).isEqualTo(8);
    }

    @Test
    void aRunLeavesNoNativeObject() {
        Map<String, Object> settings = new HashMap<>(ONE);
        settings.put("until", "upscale");
        Runnable once = () -> {
            try (Collector told = Collector.ofAll()) {
                model.run(run(model, sampling(settings, 32, 16, 29), StateStore.NONE, told));
            }
        };
        once.run();
        long before = LivePointers.settled();
        once.run();
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "key-width | 7 | key-width must be a multiple of 2, found 7; nearest: 8",
                "key-height | 5 | key-height must be a multiple of 2, found 5; nearest: 6",
                "refine.steps | 1 | a strength of 0.8 leaves no step of 1; choose more refine.steps or at least 1.0",
                "refine.strength | 0.2 | a strength of 0.2 leaves no step of 3",
            })
    void settingsThatDoNotFitAreNamed(String key, String value, String message) {
        Map<String, Object> settings = new HashMap<>(QUICK);
        settings.put(key, value);
        assertThatThrownBy(() -> model.rules().check(sampling(settings, 16, 8, 29)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "base.steps | 0 | base.steps must be between 1 and 1000, found 0",
                "base.guidance | 0.5 | base.guidance must be between 1 (off) and 1000, found 0.5",
                "upscale.noise-level | 1000 | upscale.noise-level must be between 0 and 999, found 1000",
                "first-frame.noise-level | -1 | first-frame.noise-level must be between 0 and 999",
                "refine.strength | 1.5 | refine.strength must be between 0 and 1, found 1.5",
                "until | sr1 | until must be one of base, interpolate, upscale, refine, found 'sr1'",
                "preset | paper | preset must be one of script, app, found 'paper'",
                "upscale.step | 3 | this model has no setting 'upscale.step'; did you mean 'upscale.steps'?",
            })
    void valuesThatNoSettingHasAreRefused(String key, String value, String message) {
        assertThatThrownBy(() -> model.rules().settings().complete(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void picturesThatItDoesNotTakeAreRefused() {
        Sampling image = new Sampling(
                "a boat",
                1,
                new VideoSize(16, 8, 29, 8),
                model.rules().settings().complete(QUICK),
                Optional.of(new Condition(ConditionType.IMAGE, 1)),
                Optional.empty());
        assertThatThrownBy(() -> model.rules().check(image))
                .isInstanceOf(ConditionException.class)
                .hasMessage("Show-1 makes videos from text, and goes on from videos; leave the image out");
        Map<String, Object> settings = new HashMap<>(QUICK);
        settings.put("until", "base");
        assertThatThrownBy(() -> model.rules().check(refining(settings, 16, 8, 3, .8)))
                .hasMessage(
                        "stage refine, with which the run starts where a video is given, comes after base, with which"
                                + " it is to end; choose another 'from' or 'until'");
        settings.put("from", "base");
        assertThatThrownBy(() -> model.rules().check(refining(settings, 16, 8, 3, .8)))
                .hasMessage("stage base makes key frames of text alone; leave the video out");
        settings.put("from", "interpolate");
        assertThatThrownBy(() -> model.rules().check(sampling(settings, 16, 8, 29)))
                .hasMessage("stage interpolate, with which the run starts, comes after base, with which it is to end;"
                        + " choose another 'from' or 'until'");
        settings.put("until", "upscale");
        assertThatThrownBy(() -> model.rules().check(sampling(settings, 32, 16, 29)))
                .isInstanceOf(ConditionException.class)
                .hasMessage("stage interpolate goes on from a video of key frames; give one");
        assertThatThrownBy(() -> model.rules().check(refining(settings, 32, 16, 9, .8)))
                .hasMessage("frames must be 28k+1 for Show-1 until upscale, at least 29, found 9; nearest: 29");
        assertThatThrownBy(() -> model.rules().check(refining(QUICK, 20, 8, 3, .8)))
                .hasMessage("width must be a multiple of 8, found 20; nearest: 24");
    }

    @Test
    void stepsThatAreLeftOpenAreThePresets() {
        var script = model.rules().settings().standard();
        assertThat(Denoising.UPSCALE.steps(script)).isEqualTo(125);
        assertThat(Denoising.BASE.steps(script)).isEqualTo(75);
        assertThat(Denoising.FIRST_FRAME.steps(script)).isEqualTo(70);
        assertThat(Denoising.UPSCALE.noiseLevel(script)).hasValue(250);
        var app = model.rules().settings().complete(Map.of("preset", "app", "interpolate.steps", 7));
        assertThat(Denoising.UPSCALE.steps(app)).isEqualTo(50);
        assertThat(Denoising.BASE.steps(app)).isEqualTo(75);
        assertThat(Denoising.INTERPOLATE.steps(app)).isEqualTo(7);
        assertThat(Denoising.REFINE.steps(app)).isEqualTo(50);
        assertThat(Denoising.REFINE.guidance(app)).isEqualTo(15);
    }

    private static Run run(Show1Pipeline in, Sampling s, StateStore store, Collector observer) {
        return new Run(
                s,
                in.plan(s, Collected.NOTHING),
                () -> {
                    throw new AssertionError("there are no pictures");
                },
                store,
                observer);
    }

    private static Sampling sampling(Map<String, Object> settings, int width, int height, int frames) {
        return new Sampling(
                "Two boats at sea: one's sinking!",
                5,
                new VideoSize(width, height, frames, 8),
                model.rules().settings().complete(settings),
                Optional.empty(),
                Optional.empty());
    }

    private static Sampling refining(Map<String, Object> settings, int width, int height, int frames, double strength) {
        return new Sampling(
                "Two boats at sea",
                5,
                new VideoSize(width, height, frames, 8),
                model.rules().settings().complete(settings),
                Optional.of(new Condition(ConditionType.VIDEO, strength)),
                Optional.empty());
    }
}
