package kinema.show1;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Scheduler;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.MemoryPlan;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.show1.Show1Files.Part;
import kinema.system.Collected;
import kinema.system.OpenOptions;
import kinema.system.Run;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoPipeline;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import kinema.weights.Placement;

/** Show-1's cascade behind the seam: opens the checkpoints, and runs a {@link Cascade} for each request. */
final class Show1Pipeline implements VideoPipeline {
    private final Show1Rules rules;
    private final Show1Text text;
    private final Show1Networks networks;
    private final Show1Footprint footprint;
    private final Planner planner;
    private final Map<Part, NoiseFile> samplers = new EnumMap<>(Part.class);
    private final Map<Part, NoiseSchedule> noising = new EnumMap<>(Part.class);

    private Show1Pipeline(Show1Files files, OpenOptions options) {
        options.device().check();
        rules = Show1Rules.of(files);
        for (Part part : Part.values()) {
            if (files.has(part)) {
                samplers.put(part, NoiseFile.read(files.config(part, "scheduler")));
            }
        }
        for (Part part : new Part[] {Part.FIRST_FRAME, Part.UPSCALING}) {
            if (files.has(part)) {
                noising.put(part, NoiseFile.schedule(files.config(part, "image_noising_scheduler")));
            }
        }
        Placement placement = new Placement(options.precision().dtype(), options.device(), Residency.RESIDENT);
        Placement coding = new Placement(wide(options.precision()).dtype(), options.device(), Residency.STREAMED);
        text = new Show1Text(files, coding);
        networks = new Show1Networks(files, rules, placement, coding, options.kept());
        footprint = new Show1Footprint(rules, networks, text, placement.dtype(), coding.dtype());
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
    }

    /**
     * Opens the checkpoints that are there.
     *
     * @throws kinema.weights.WeightsException for a damaged or unknown part
     * @throws IllegalArgumentException for LoRAs, of which none are known for this system
     */
    static Show1Pipeline open(Path folder, OpenOptions options) {
        if (!options.loras().isEmpty()) {
            throw new IllegalArgumentException(
                    "Show-1 takes no LoRA; leave " + options.loras().get(0).file() + " out");
        }
        return new Show1Pipeline(Show1Files.of(folder), options);
    }

    /** What text encoders and the autoencoder compute in: numbers above 65504 occur in them. */
    static Precision wide(Precision asked) {
        return asked == Precision.FP16 ? Precision.FP32 : asked;
    }

    @Override
    public Show1Rules rules() {
        return rules;
    }

    Show1Text text() {
        return text;
    }

    Show1Networks networks() {
        return networks;
    }

    /** The sampler of a stage; of refining only the last steps are taken. */
    Scheduler sampler(Denoising d, Settings settings, double strength) {
        return samplerFile(d).sampler(d.steps(settings), d == Denoising.REFINE ? strength : 1);
    }

    /** The noise schedule of a stage. */
    NoiseSchedule schedule(Denoising d) {
        return samplerFile(d).schedule();
    }

    /** The schedule of the noise that small frames are given. */
    NoiseSchedule noising(Denoising d) {
        NoiseSchedule schedule = noising.get(d.part());
        if (schedule == null) {
            throw new IllegalStateException("stage " + d.stage() + " is shown no small frames");
        }
        return schedule;
    }

    @Override
    public MemoryPlan plan(Sampling sampling, Collected collected) {
        rules.check(sampling);
        return planner.plan(footprint.of(sampling, collected));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public void run(Run run) {
        Footprint request = footprint.of(run.sampling(), run.observer().collected());
        try (Reservation memory = planner.begin(request, run.plan())) {
            Scopes.run(() -> new Cascade(this, run, memory).run());
        }
    }

    @Override
    public void close() {
        text.close();
        networks.close();
    }

    private NoiseFile samplerFile(Denoising d) {
        NoiseFile file = samplers.get(d.part());
        if (file == null) {
            throw new IllegalStateException("the " + d.part() + " checkpoint is not open");
        }
        return file;
    }
}
