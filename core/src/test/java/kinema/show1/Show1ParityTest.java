package kinema.show1;

import static kinema.show1.ReferenceSteps.CARRIED;
import static kinema.show1.ReferenceSteps.within;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import kinema.system.Collected;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.OpenOptions;
import kinema.system.Run;
import kinema.system.Sampling;
import kinema.system.StateStore;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cascade against the authors' own pipelines, made by show1_golden.py. Steps are taken from the reference's own numbers,
 * so that what is compared is a step and not the growth of rounding over steps, which is each network's own: see
 * docs/parity.md. The steps of another folder by {@code -Dkinema.golden.show1}.
 */
class Show1ParityTest {
    private static final double STATES = 1e-5;
    private static final double STAGE = 1e-3;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    /**
     * A stage from what the reference's stages made before it: every step of its first window from what the reference had
     * before the step, the other windows as they come.
     */
    @ParameterizedTest
    @EnumSource(
            value = Denoising.class,
            names = {"BASE", "INTERPOLATE", "FIRST_FRAME", "UPSCALE"})
    void aStageFromTheReferencesNumbersEqualsIt(Denoising stage, TestReporter reporter) throws IOException {
        Show1Golden golden = Show1Golden.given();
        try (Show1Pipeline model = Show1Pipeline.open(golden.folder(), OpenOptions.DEFAULT);
                Safetensors expected = Safetensors.open(golden.expected())) {
            ReferenceSteps steps = new ReferenceSteps(stage, model, golden.sampling(), expected, reporter);
            steps.use(stepper -> {
                Tensor made = steps.compare(stepper, 0, stepper.count(), null, stage.shown(), expected);
                if (stage != Denoising.UPSCALE) { // whose later windows amplify the rounding of the first
                    String name = stage.shown().replace("_window0", "");
                    within(name, WindowStepper.withoutFrames(made), expected.tensor(name), STAGE, CARRIED, reporter);
                }
            });
        }
    }

    /** A window of upscaling after the first, from the large frame that the reference's window before it ended with. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aLaterWindowOfUpscalingEqualsTheReference(int window, TestReporter reporter) throws IOException {
        Show1Golden golden = Show1Golden.own();
        try (Show1Pipeline model = Show1Pipeline.open(golden.folder(), OpenOptions.DEFAULT);
                Safetensors expected = Safetensors.open(golden.expected());
                Safetensors windows = Safetensors.open(golden.folder().resolve("windows.safetensors"))) {
            ReferenceSteps steps = new ReferenceSteps(Denoising.UPSCALE, model, golden.sampling(), expected, reporter);
            steps.use(stepper -> {
                String name = "sr1_window" + window;
                int each = stepper.count() / 4;
                Tensor last = windows.tensor(name + "_first"); // (1, 3, 1, H, W)
                Tensor made = last.expand(1, -1, 7L * window + 1, -1, -1); // of which it sees the last frame alone
                Tensor longer = steps.compare(stepper, each * window, each * (window + 1), made, name, windows);
                assertThat(longer.size(2)).isEqualTo(7L * window + 8);
            });
        }
    }

    /** As the authors' script leaves the network: in training's mode, with the random numbers that follow the noise. */
    @Test
    void keyFramesWithDropoutEqualTheReference(TestReporter reporter) throws IOException {
        Show1Golden golden = Show1Golden.own();
        try (Show1Pipeline model = Show1Pipeline.open(golden.folder(), OpenOptions.DEFAULT);
                Safetensors expected = Safetensors.open(golden.expected());
                Safetensors dropout = Safetensors.open(golden.folder().resolve("dropout.safetensors"))) {
            Sampling compat = golden.sampling(Map.of("compat", true));
            ReferenceSteps steps = new ReferenceSteps(Denoising.BASE, model, compat, expected, reporter);
            steps.use(stepper -> {
                Tensor made = steps.compare(stepper, 0, stepper.count(), null, "dropout", dropout);
                assertThat(Golden.difference(made, expected.tensor("base")).max())
                        .as("leaving numbers out shows")
                        .isGreaterThan(STAGE);
            });
        }
    }

    @Test
    void theExpertFromTheReferencesFramesEqualsIt(TestReporter reporter) throws IOException {
        Show1Golden golden = Show1Golden.own();
        Sampling s = golden.sampling();
        Sampling refining = new Sampling(
                s.prompt(),
                s.seed(),
                s.size(),
                s.settings(),
                Optional.of(new Condition(ConditionType.VIDEO, s.settings().get(Show1Settings.STRENGTH))),
                Optional.empty());
        try (Safetensors expected = Safetensors.open(golden.expected())) {
            Supplier<Tensor> frames = () -> FrameBytes.resized(
                    expected.tensor("sr1_frames"), s.size().width(), s.size().height());
            try (Collector made = run(golden, refining, frames)) {
                for (String name : expected.entries().keySet()) {
                    if (name.startsWith("sr2") || name.startsWith("clip") || name.equals("video")) {
                        Scopes.run(() -> check(name, made, expected.tensor(name), reporter));
                    }
                }
            }
        }
    }

    /**
     * From the prompt to the first large frame. The last stages are compared from the reference's own frames alone: with three
     * steps from t = 999 upscaling amplifies the rounding of its input until signs change.
     */
    @Test
    void theCascadeEqualsTheReference(TestReporter reporter) throws IOException {
        Show1Golden golden = Show1Golden.own();
        try (Safetensors expected = Safetensors.open(golden.expected());
                Collector made = run(golden, golden.sampling(), () -> {
                    throw new AssertionError("there are no pictures");
                })) {
            for (String name : expected.entries().keySet()) {
                if (!name.startsWith("sr1") && !name.startsWith("sr2_") && !name.equals("video")) {
                    Scopes.run(() -> check(name, made, expected.tensor(name), reporter));
                }
            }
        }
    }

    private static Collector run(Show1Golden golden, Sampling s, Supplier<Tensor> pictures) {
        Collector made = Collector.ofAll();
        try (Show1Pipeline model = Show1Pipeline.open(golden.folder(), OpenOptions.DEFAULT)) {
            model.run(new Run(s, model.plan(s, Collected.NOTHING), pictures, StateStore.NONE, made));
        }
        return made;
    }

    private static void check(String name, Collector made, Tensor expected, TestReporter reporter) {
        Tensor whole = name.equals("video") ? made.video() : made.tensors.get(name);
        assertThat(whole).as(name).isNotNull();
        Tensor found = switch (name) { // of these every 4th frame is stored
            case "sr1" -> everyFourth(whole, 2);
            case "video" -> everyFourth(whole, 0);
            default -> whole;
        };
        assertThat(found.shape()).as(name).containsExactly(expected.shape());
        if (name.endsWith("ids")) {
            assertThat(Tensors.longs(found)).as(name).containsExactly(Tensors.longs(expected));
        } else if (name.startsWith("sr2_input")) { // cut off to whole numbers: one more or less where rounding decides
            Golden.Difference d = Golden.difference(found.to(ScalarType.Float), expected.to(ScalarType.Float));
            assertThat(d.max()).as("%s: %s", name, d).isLessThanOrEqualTo(1);
            assertThat(d.mean()).as("%s: %s", name, d).isLessThanOrEqualTo(STAGE);
        } else {
            boolean states = name.contains("embeds") || name.contains("states");
            within(name, found, expected, states ? STATES : STAGE, states ? 0 : CARRIED, reporter);
        }
    }

    private static Tensor everyFourth(Tensor x, long axis) {
        return x.slice(axis, new LongOptional(), new LongOptional(), 4);
    }
}
