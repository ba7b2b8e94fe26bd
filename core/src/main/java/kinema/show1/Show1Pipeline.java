package kinema.show1;

import java.nio.file.Path;
import java.util.Optional;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.MemoryPlan;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.system.Collected;
import kinema.system.OpenOptions;
import kinema.system.Run;
import kinema.system.Sampling;
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

    private Show1Pipeline(Show1Files files, OpenOptions options) {
        options.device().check();
        rules = Show1Rules.of(files);
        Placement placement = new Placement(options.precision().dtype(), options.device(), Residency.RESIDENT);
        Placement coding = new Placement(wide(options.precision()).dtype(), options.device(), Residency.STREAMED);
        text = new Show1Text(files, rules.textTokens(), coding);
        networks = new Show1Networks(files, rules, placement, coding, options.kept());
        footprint = new Show1Footprint(rules, networks, text, placement.dtype(), coding.dtype());
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
    }

    /**
     * Opens the checkpoints that are there.
     *
     * @throws kinema.weights.WeightsException for a damaged or unknown part
     * @throws IllegalArgumentException for LoRAs and a draft decoder, of which none are known for this system
     */
    static Show1Pipeline open(Path folder, OpenOptions options) {
        if (!options.loras().isEmpty()) {
            throw new IllegalArgumentException(
                    "Show-1 takes no LoRA; leave " + options.loras().get(0).file() + " out");
        }
        if (options.draftDecoder().isPresent()) {
            throw new IllegalArgumentException("Show-1 takes no draft decoder, found "
                    + options.draftDecoder().get() + "; leave it out");
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

    Show1Samplers samplers() {
        return rules.samplers();
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
}
