package kinema.show1;

import java.util.ArrayList;
import java.util.List;
import kinema.diffusion.Guidance;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.nn.Pixels;
import kinema.show1.unet.Dropout;
import kinema.show1.unet.Unet;
import kinema.show1.unet.UnetConfig;
import kinema.show1.vae.FrameVae;
import kinema.system.Collected;
import kinema.system.Sampling;
import kinema.system.Stage;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** What requests take: the stages' own networks, run without contents. Thread-safe; what was measured once is known. */
final class Show1Footprint {
    private static final long COLOURS = 3;

    /** Samples that are there beside the prediction: the noisy one and what the step before took it to be. */
    private static final int STATES = 2;

    /** A step of a stage: F frames, H W rows and columns of what it denoises, B texts, and whether it drops out. */
    private record Step(Denoising stage, long frames, long rows, long columns, long texts, boolean dropsOut) {}

    /** Pictures that go through the autoencoder. */
    private record Coding(boolean decode, long frames, long rows, long columns) {}

    private final Show1Rules rules;
    private final Show1Networks networks;
    private final Show1Text text;
    private final ScalarType dtype;
    private final ScalarType codingDtype;
    private final Known<Step> steps = new Known<>(this::measure);
    private final Known<Coding> codings = new Known<>(this::measure);

    /**
     * The footprints of a model's requests.
     *
     * @param dtype what the denoising networks compute in
     * @param codingDtype what the autoencoder computes in
     */
    Show1Footprint(Show1Rules rules, Show1Networks networks, Show1Text text, ScalarType dtype, ScalarType codingDtype) {
        this.rules = rules;
        this.networks = networks;
        this.text = text;
        this.dtype = dtype;
        this.codingDtype = codingDtype;
    }

    /** What a request takes that was checked. */
    Footprint of(Sampling s, Collected collected) {
        Show1Size size = Show1Size.of(s);
        List<Need> needs = new ArrayList<>();
        for (Stage stage : rules.stages(s)) {
            needs.add(need(stage, s, size, collected));
        }
        return new Footprint(
                s.size().frames() + " frames of " + s.size().width() + "x"
                        + s.size().height(),
                needs,
                List.of(fewerFrames(s, collected)));
    }

    private Need need(Stage stage, Sampling s, Show1Size size, Collected collected) {
        boolean pixels = Show1Settings.from(s) != Show1Stages.Level.REFINE;
        return switch (stage.kind()) {
            case TEXT -> Need.of(stage.name(), text.network(pixels), () -> text.work(pixels));
            case ENCODE ->
                Need.of(
                        stage.name(),
                        networks.vaeWeights(),
                        () -> states(s)
                                + (pixels ? floats(COLOURS, size.frames(), size.largeHeight(), size.largeWidth()) : 0)
                                + codings.bytes(new Coding(false, size.frames(), size.height(), size.width())));
            case SAMPLE -> {
                Denoising d = Denoising.of(stage.name());
                yield Need.of(
                        stage.name(),
                        networks.unet(d.part()).weights(),
                        () -> states(s) + beside(d, size) + held(size, collected) + steps.bytes(step(d, s, size)));
            }
            case DECODE ->
                Need.of(
                        stage.name(),
                        networks.vaeWeights(),
                        () -> states(s)
                                + latents(size)
                                + held(size, collected)
                                + codings.bytes(new Coding(true, 1, size.height(), size.width())));
        };
    }

    private Step step(Denoising d, Sampling s, Show1Size size) {
        long texts = Guidance.active(d.guidance(s.settings())) ? 2 : 1;
        boolean drops = d.dropsOut(s.settings());
        return switch (d) {
            case BASE -> new Step(d, size.keys(), size.keyHeight(), size.keyWidth(), texts, drops);
            case INTERPOLATE -> new Step(d, Show1Size.KEY_EVERY + 1L, size.keyHeight(), size.keyWidth(), texts, drops);
            case FIRST_FRAME -> new Step(d, 1, size.largeHeight(), size.largeWidth(), texts, drops);
            case UPSCALE -> new Step(d, Show1Size.WINDOW, size.largeHeight(), size.largeWidth(), texts, drops);
            case REFINE -> {
                long unit = rules.vae().compression();
                yield new Step(d, size.frames(), size.height() / unit, size.width() / unit, texts, drops);
            }
        };
    }

    /** The text states of all stages. */
    private long states(Sampling s) {
        long pixels = Show1Settings.from(s) != Show1Stages.Level.REFINE
                ? rules.unet(Show1Files.Part.BASE).text().stateWidth()
                : 0;
        boolean refined = s.settings().get(Show1Settings.UNTIL) == Show1Stages.Level.REFINE;
        long latents = refined ? rules.unet(Show1Files.Part.EXPERT).text().stateWidth() : 0;
        return floats(2, text.length(), pixels + latents);
    }

    /** What a stage was given, and what its windows made, which is there twice when a window is added. */
    private long beside(Denoising d, Show1Size size) {
        long small = floats(COLOURS, size.frames(), size.keyHeight(), size.keyWidth());
        long first = floats(COLOURS, 1, size.largeHeight(), size.largeWidth());
        return switch (d) {
            case BASE -> 0;
            case INTERPOLATE -> floats(COLOURS, size.keys(), size.keyHeight(), size.keyWidth()) + 2 * small;
            case FIRST_FRAME -> small;
            case UPSCALE -> small + first + 2 * floats(COLOURS, size.frames(), size.largeHeight(), size.largeWidth());
            case REFINE -> latents(size);
        };
    }

    private long latents(Show1Size size) {
        long unit = rules.vae().compression();
        return floats(rules.vae().latentChannels(), size.frames(), size.height() / unit, size.width() / unit);
    }

    /** What the caller collects: results as numbers, and the video's frames as bytes. */
    private static long held(Show1Size size, Collected collected) {
        long video = COLOURS * size.frames() * size.width() * size.height();
        return (collected.tensors() ? 2 * Float.BYTES * video : 0) + (collected.frames() ? video : 0);
    }

    private long measure(Step step) {
        Denoising d = step.stage();
        UnetConfig config = rules.unet(d.part());
        long channels = d.isInPixels() ? COLOURS : config.inChannels();
        return Meter.dryRun(w -> new Unet(w, config), dtype, network -> {
            Unet.Text told =
                    network.text(meta(step.texts(), text.length(), config.text().stateWidth()));
            Tensor sample = sample(step, channels);
            for (int i = 1; i < STATES; i++) {
                var unused = sample(step, channels);
            }
            @Nullable
            Tensor condition = config.inChannels() == channels ? null : sample(step, config.inChannels() - channels);
            Integer level = config.time().noiseLevel() ? 0 : null;
            Guidance guidance = new Guidance(step.texts(), false, 1); // 2 is any that is active
            GuidedUnet guided = new GuidedUnet(network, told, guidance, level, step.dropsOut());
            Tensor both = guided.predict(sample, condition, 0, step.dropsOut() ? Dropout.dry() : null);
            var unused = guided.guide(both, channels, 0);
        });
    }

    private long measure(Coding coding) {
        return Meter.dryRun(w -> new FrameVae(w, rules.vae()), codingDtype, vae -> {
            if (coding.decode()) {
                long unit = rules.vae().compression();
                long[] shape = {1, rules.vae().latentChannels(), coding.rows() / unit, coding.columns() / unit};
                var unused = Pixels.fromNetwork(
                        vae.decode(Tensors.meta(ScalarType.Float, shape)).unsqueeze(2));
            } else {
                Tensor frames =
                        Tensors.meta(ScalarType.Byte, coding.frames(), coding.rows(), coding.columns(), COLOURS);
                var unused = vae.encode(FrameBytes.forVae(frames));
            }
        });
    }

    private static Tensor sample(Step step, long channels) {
        return meta(1, channels, step.frames(), step.rows(), step.columns());
    }

    private static Tensor meta(long... shape) {
        return Tensors.meta(ScalarType.Float, shape);
    }

    private static long floats(long... shape) {
        long count = Float.BYTES;
        for (long n : shape) {
            count *= n;
        }
        return count;
    }

    private Changes fewerFrames(Sampling s, Collected collected) {
        int unit = Show1Size.unit(Show1Settings.from(s), s.settings().get(Show1Settings.UNTIL));
        int count = Math.max(0, (s.size().frames() - 2) / unit);
        return new Changes(
                count,
                i -> s.size().frames() - (i + 1) * unit + " frames",
                i -> of(s.withFrames(s.size().frames() - (i + 1) * unit), collected));
    }
}
