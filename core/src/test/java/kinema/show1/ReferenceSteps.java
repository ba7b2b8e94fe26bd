package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import kinema.diffusion.Guidance;
import kinema.diffusion.Scheduler;
import kinema.show1.WindowStepper.Shown;
import kinema.show1.unet.Unet;
import kinema.system.Collected;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.TestReporter;

/**
 * Takes a stage's steps from the reference's numbers: the stage starts from what the reference's stages made before it, each
 * step from what the reference had before the step.
 *
 * @param stage of the cascade
 * @param model the opened checkpoints
 * @param sampling the reference's request
 * @param expected what the reference's stages made
 * @param reporter is told of every difference
 */
record ReferenceSteps(
        Denoising stage, Show1Pipeline model, Sampling sampling, Safetensors expected, TestReporter reporter) {
    private static final double STEP = 1e-4; // of the largest value

    /**
     * The part of values that may differ more: at its first step the sampler divides the noise's rounding by 0.006 (t = 995)
     * or 0.00005 (t = 999), and the few values that are not cut off show it.
     */
    static final double CARRIED = 1e-3;

    /** What to do with a stage's steps. */
    interface Body {
        /** Uses them in a scope. */
        void use(WindowStepper stepper);
    }

    /** Opens the stage's network. */
    void use(Body body) {
        var plan = model.plan(sampling, Collected.NOTHING);
        model.networks()
                .unet(stage.part())
                .in(plan, stage.stage().name())
                .use(network -> Scopes.run(() -> {
                    try (WindowStepper stepper = stepper(network)) {
                        body.use(stepper);
                    }
                    return stage;
                }));
    }

    /**
     * Compares those steps that the fixture has.
     *
     * @param from the first step; {@code made} is what the windows before it made, null for none
     * @param until the step after the last
     * @param reference holds the steps' samples as {@code NAME_step0} and so on, counted from {@code from}
     * @return what the stage has made then, null within a window
     */
    Tensor compare(WindowStepper stepper, int from, int until, Tensor made, String name, Safetensors reference) {
        Map<String, Tensor> changing = made == null ? Map.of() : Map.of(WindowStepper.MADE, made);
        try (Rng rng = new Rng(sampling.seed())) {
            for (int i = from; i < until; i++) {
                RunState state = new RunState(stage.stage().name(), i, changing, rng.state(), Map.of());
                Map<String, Tensor> next = stepper.step(state, rng);
                String key = name + "_step" + (i - from);
                changing = new LinkedHashMap<>(next);
                if (reference.entries().containsKey(key)) {
                    Tensor last = next.get(WindowStepper.MADE);
                    Tensor wanted = reference.tensor(key);
                    Tensor found = next.containsKey(WindowStepper.SAMPLE)
                            ? next.get(WindowStepper.SAMPLE)
                            : last.narrow(2, last.size(2) - frames(wanted), frames(wanted));
                    within(key, found, wanted.view(found.shape()), STEP, CARRIED, reporter);
                    changing.replace(WindowStepper.SAMPLE, wanted.view(found.shape()));
                }
            }
        }
        return changing.get(WindowStepper.MADE);
    }

    /** Of (1, C, F, H, W) F, of a picture 1. */
    private static long frames(Tensor sample) {
        return sample.dim() == 5 ? sample.size(2) : 1;
    }

    private WindowStepper stepper(Unet network) {
        Windows windows = switch (stage) {
            case BASE -> new KeyFrames(Show1Size.of(sampling));
            case INTERPOLATE -> new Interpolation(expected.tensor("base"), false);
            case FIRST_FRAME -> new FirstFrame(expected.tensor("interp"), enlarging());
            case UPSCALE ->
                new Upscaling(expected.tensor("interp"), expected.tensor("if2").unsqueeze(2), enlarging());
            case REFINE -> throw new AssertionError("latents are not stored");
        };
        Tensor states = Tensors.cat(0, expected.tensor("negative_embeds"), expected.tensor("prompt_embeds"));
        Scheduler scheduler = model.samplers().of(stage, sampling.settings(), 1);
        GuidedUnet guided = new GuidedUnet(
                network,
                network.text(states),
                new Guidance(stage.guidance(sampling.settings()), false, stage.steps(sampling.settings())),
                stage.noiseLevel(sampling.settings()).orElse(null),
                stage.dropsOut(sampling.settings()));
        return new WindowStepper(windows, guided, scheduler, sampling.seed(), new Shown(stage.shown(), true));
    }

    private Enlarging enlarging() {
        return new Enlarging(
                model.samplers().noising(stage),
                stage.noiseLevel(sampling.settings()).orElseThrow(),
                4);
    }

    /** Asserts that all values but a share are within a tolerance, of the largest value, and their mean difference too. */
    static void within(
            String name, Tensor found, Tensor expected, double tolerance, double share, TestReporter reporter) {
        Golden.Difference d = Golden.difference(found, expected);
        double bound = tolerance * Math.max(1, d.scale());
        long beyond = found.sub(expected).abs().gt(new Scalar(bound)).sum().item_long();
        String told = d + ", " + beyond + " of " + found.numel() + " beyond " + bound;
        reporter.publishEntry(name, told);
        assertThat(beyond).as("%s: %s", name, told).isLessThanOrEqualTo((long) (share * found.numel()));
        assertThat(d.mean()).as("%s: %s", name, told).isLessThanOrEqualTo(bound);
    }
}
