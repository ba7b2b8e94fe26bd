package kinema.cogvideo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.text.StageTexts;
import kinema.memory.Budget;
import kinema.memory.ByteSize;
import kinema.memory.MemoryPlan;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.system.Collected;
import kinema.system.OpenOptions;
import kinema.system.PipelineRules;
import kinema.system.Run;
import kinema.system.Sampling;
import kinema.system.VideoPipeline;
import kinema.tensor.Device;
import kinema.tensor.MachineMemory;
import kinema.weights.WeightsException;

/** CogVideo from an open checkpoint: plans requests and runs them, each as a {@link CogVideoRun}. */
final class CogVideoPipeline implements VideoPipeline {
    private final CogVideoRules rules;
    private final IceVocabulary words;
    private final CogVideoNetworks networks;
    private final CogVideoFootprint footprint;
    private final Planner planner;
    private final List<String> notes = new ArrayList<>();

    private CogVideoPipeline(Path folder, OpenOptions options) {
        rules = CogVideoRules.of(folder);
        CogVideoConfig config = rules.config();
        words = new CogVideoFiles(folder).vocabulary(config.base().imageTokens());
        if (words.size() > config.base().vocabulary()) {
            throw new WeightsException(folder + ": the text model has ids up to " + (words.size() - 1)
                    + ", the networks' vocab_size is " + config.base().vocabulary()
                    + "; they belong to different models");
        }
        networks = new CogVideoNetworks(folder, config, options);
        footprint = new CogVideoFootprint(
                config, networks, new CogVideoWork(config, options.precision().dtype()));
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
        long free = MachineMemory.free();
        if (networks.bytesPerToken() > free) {
            notes.add("each token needs all " + ByteSize.text(networks.bytesPerToken())
                    + " of a stage's weights, and of memory " + ByteSize.text(free)
                    + " are free: most of them will be read from disk again for every token");
        }
    }

    /**
     * Opens a checkpoint.
     *
     * @throws WeightsException for a missing, damaged or unknown part
     * @throws IllegalArgumentException for LoRAs, a draft decoder, and another device than the processor
     */
    static CogVideoPipeline open(Path folder, OpenOptions options) {
        if (!options.loras().isEmpty()) {
            throw new IllegalArgumentException(
                    "CogVideo takes no LoRA, found " + options.loras().get(0).file() + "; leave it out");
        }
        if (options.draftDecoder().isPresent()) {
            throw new IllegalArgumentException("CogVideo takes no draft decoder, found "
                    + options.draftDecoder().get() + "; leave it out");
        }
        if (options.device() != Device.CPU) {
            throw new IllegalArgumentException(
                    "CogVideo computes on the processor alone, found device " + options.device() + "; leave it out");
        }
        return new CogVideoPipeline(folder, options);
    }

    @Override
    public PipelineRules rules() {
        return rules;
    }

    @Override
    public MemoryPlan plan(Sampling s, Collected collected) {
        rules.check(s);
        return planner.plan(footprint.of(s, collected));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void run(Run run) {
        Sampling s = run.sampling();
        StageTexts texts = StageTexts.of(
                words,
                s.prompt(),
                s.settings().get(CogVideoSettings.KEY_RATE),
                rules.config().keyframes().textTokens());
        try (Reservation memory = planner.begin(footprint.of(s, run.observer().collected()), run.plan());
                CogVideoRun made = new CogVideoRun(run, memory, texts, rules, networks)) {
            made.run();
        }
    }

    @Override
    public void close() {
        networks.close();
    }
}
