package kinema.cogvideox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import kinema.cogvideox.CogVideoXFootprint.Networks;
import kinema.cogvideox.Denoiser.Given;
import kinema.cogvideox.Denoiser.Rule;
import kinema.cogvideox.Workload.Kept;
import kinema.cogvideox.files.CogVideoXLoraNames;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.transformer.TransformerFootprint;
import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.cogvideox.vae.VaeDecoder;
import kinema.cogvideox.vae.VaeEncoder;
import kinema.diffusion.Denoised;
import kinema.diffusion.Guidance;
import kinema.diffusion.Predictor;
import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.Scheduler;
import kinema.diffusion.StepCache;
import kinema.diffusion.Timesteps;
import kinema.files.OutputPlace;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.MemoryPlan;
import kinema.memory.Network;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.memory.SharedNetwork;
import kinema.nn.Pixels;
import kinema.system.Collected;
import kinema.system.CommonSettings;
import kinema.system.OpenOptions;
import kinema.system.PipelineRules;
import kinema.system.Run;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.Steps;
import kinema.system.VideoPipeline;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Checkpoint;
import kinema.weights.Lora;
import kinema.weights.LoraFile;
import kinema.weights.Placement;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;

/**
 * Video from text, and from an image or another video, with a CogVideoX checkpoint in the published layout or the authors'
 * own.
 *
 * <p>The modes share one loop, {@link Denoiser}: they differ in what it starts from, {@link Conditioner}, and in
 * its timesteps.
 *
 * <p>Axes: B batch (2 with guidance: without the prompt, with it), F h w latent frames, rows, columns, C latent
 * channels, L text tokens, T H W frames, rows, columns of video.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX</a>
 */
final class CogVideoXPipeline implements VideoPipeline {
    /** What a request asks for, in this model's terms. */
    private record Plan(Run run, Reservation memory, TokenIds prompt, LatentShape shape, Scheduler scheduler) {
        Settings settings() {
            return run.sampling().settings();
        }

        RunObserver observer() {
            return run.observer();
        }

        String cutText() {
            return prompt.cut() == null ? "" : prompt.cut();
        }

        Timesteps timesteps() {
            return scheduler.timesteps();
        }

        Guidance guidance() {
            return new Guidance(
                    settings().get(CommonSettings.GUIDANCE),
                    settings().get(CogVideoXSettings.DYNAMIC_GUIDANCE),
                    scheduler.timesteps().steps());
        }
    }

    private final CogVideoXRules rules;
    private final Samplers samplers;
    private final CogVideoXText text;
    private final Checkpoint transformerFiles, vaeFiles;
    private final TransformerConfig transformerConfig;
    private final Precision precision;
    private final Placement placement;
    private final SharedNetwork<ExpertTransformer> transformer;
    private final CogVideoXFootprint footprint;
    private final Planner planner;
    private final Vae vae;
    private final LatentPreview preview;
    private final DraftPart draft;
    private final boolean changed; // by LoRAs
    private final List<String> notes = new ArrayList<>();

    /** Opens all parts; what {@code opening} notes is closed when one of them fails. */
    private CogVideoXPipeline(Path folder, OpenOptions options, Opening opening) {
        ModelFiles files = ModelFiles.of(folder);
        rules = CogVideoXRules.of(folder, files);
        TransformerConfig t = rules.transformer();
        VaeConfig v = rules.vae();
        options.device().check();
        precision = options.precision();
        transformerConfig = t;
        Placement transformerPlacement = new Placement(precision.dtype(), options.device(), Residency.RESIDENT)
                .quantized(options.quantization());
        placement = CogVideoXCodec.placement(options);
        samplers = Samplers.of(rules.scheduler());
        text = new CogVideoXText(files, placement, t.maxTextLength());
        opening.closeWith(text::close);
        transformerFiles = files.openTransformer(transformerPlacement);
        opening.closeWith(transformerFiles::close);
        transformerFiles.check(w -> new ExpertTransformer(w, t));
        changed = !options.loras().isEmpty();
        options.loras().forEach(this::add);
        transformer = SharedNetwork.of(
                transformerFiles, w -> new ExpertTransformer(w, t), transformerPlacement, options.kept());
        vaeFiles = files.openVae(placement);
        opening.closeWith(vaeFiles::close);
        vae = vaeFiles.load(w -> new Vae(w, v));
        preview = new LatentPreview(vae, v);
        draft = DraftPart.open(folder, options, v);
        opening.closeWith(draft::close);
        options.draftDecoder().ifPresent(file -> notes.add("drafts and previews are decoded by " + file));
        TransformerFootprint step = new TransformerFootprint(t, precision.dtype(), options.quantization());
        footprint = new CogVideoXFootprint(rules, networks(), text::work, step, placement.dtype());
        planner = new Planner(Budget.of(options.device()), precision, options.maxMemory());
    }

    /**
     * Opens a checkpoint.
     *
     * @param folder holds {@code model_index.json} and a folder for each part
     * @param options how
     * @throws WeightsException for a missing, damaged or unknown part, or a LoRA of another model
     */
    static CogVideoXPipeline open(Path folder, OpenOptions options) {
        try (Opening opening = new Opening()) {
            CogVideoXPipeline pipeline = new CogVideoXPipeline(folder, options, opening);
            opening.succeeded();
            return pipeline;
        }
    }

    @Override
    public PipelineRules rules() {
        return rules;
    }

    @Override
    public MemoryPlan plan(Sampling s, Collected collected) {
        rules.check(s);
        draft.check(s);
        checkPrecision();
        rules.caching().checkTransformer(s.settings());
        return planner.plan(footprint.of(Workload.of(s, collected)));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.of(CogVideoXCodec.digest(vae.config(), vaeFiles));
    }

    @Override
    public Optional<String> draftDecoder() {
        return draft.digest();
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void run(Run run) {
        Sampling s = run.sampling();
        Workload work = Workload.of(s, run.observer().collected());
        try (Reservation memory = planner.begin(footprint.of(work), run.plan())) {
            TokenIds prompt = text.tokenize(s.prompt());
            run(new Plan(run, memory, prompt, rules.shape(work), samplers.of(s)));
        }
    }

    private void run(Plan plan) {
        RunObserver observer = plan.observer();
        // Before the text encoder, because what it refuses need not wait for that.
        try (Positions positions = positions(plan)) {
            observer.prompt(plan.prompt().used(), plan.cutText());
            Scopes.run(() -> {
                RunState start = plan.run().store().saved().orElseGet(() -> begin(plan));
                Timesteps timesteps = plan.timesteps();
                RunState end = denoise(
                        start,
                        plan,
                        positions,
                        network -> rules.caching().predictor(plan.settings(), timesteps, network));
                plan.settings()
                        .find(CogVideoXSettings.CACHE)
                        .ifPresent(cache ->
                                observer.estimated(StepCache.report(end.done(), Memory.of(end.changing()), timesteps)));
                plan.memory().stageEnded();
                observer.checkCancelled();
                observer.stage(CogVideoXStages.DECODE);
                decode(end.changing(Denoiser.LATENTS), plan);
            });
        }
    }

    /** Without decoding: what is measured is all in the steps. */
    @Override
    public Path calibrate(List<Run> runs) throws IOException {
        if (changed) {
            throw new IllegalArgumentException("a calibration is of a checkpoint alone; open it without LoRAs");
        }
        OutputPlace.tryOutIn(rules.caching().folder());
        Calibrator calibrator = new Calibrator();
        for (Run run : runs) {
            Sampling s = run.sampling();
            Workload work = Workload.of(s, Collected.NOTHING).withKept(Kept.RESIDUAL);
            Footprint needed = footprint.of(work);
            try (Reservation memory = planner.begin(needed, planner.plan(needed).required())) {
                Plan plan = new Plan(run, memory, text.tokenize(s.prompt()), rules.shape(work), samplers.of(s));
                Scopes.run(() -> measure(plan, calibrator));
            }
        }
        return calibrator.write(rules.caching().folder());
    }

    private void measure(Plan plan, Calibrator calibrator) {
        try (Positions positions = positions(plan)) {
            var unused = denoise(
                    begin(plan), plan, positions, network -> calibrator.of(plan.settings(), plan.timesteps(), network));
        }
    }

    @Override
    public void close() {
        preview.close();
        draft.close();
        text.close();
        transformerFiles.close();
        vaeFiles.close();
    }

    /** The state before the first step. */
    private RunState begin(Plan plan) {
        Sampling s = plan.run().sampling();
        plan.observer().stage(CogVideoXStages.TEXT);
        Map<String, Tensor> fixed = new LinkedHashMap<>();
        fixed.put(Denoiser.TEXT, encode(plan)); // (B, L, Ct)
        if (s.condition().isPresent()) {
            plan.observer().stage(CogVideoXStages.ENCODE);
        }
        try (Rng rng = new Rng(s.seed())) {
            LatentInput input = new Conditioner(codec(plan), vae.config(), samplers.schedule(), plan.shape())
                    .start(plan.run(), plan.scheduler().timesteps().at(0), rng);
            if (input.beside() != null) {
                fixed.put(Denoiser.BESIDE, input.beside()); // (1, F, C, h, w)
            }
            Map<String, Tensor> latents = Denoiser.tensors(Denoised.start(input.latents()));
            return new RunState(CogVideoXStages.DENOISE.name(), 0, latents, rng.state(), fixed);
        }
    }

    /** The state after the last step; the transformer is not loaded where none is left. */
    private RunState denoise(
            RunState start, Plan plan, Positions positions, Function<ExpertTransformer, Predictor> predictor) {
        if (start.done() == plan.timesteps().count()) {
            return start;
        }
        plan.observer().stage(CogVideoXStages.DENOISE);
        Steps steps = new Steps(plan.run().store(), plan.observer());
        return transformer
                .in(plan.memory().plan(), CogVideoXStages.DENOISE.name())
                .use(network -> Scopes.keepAll(
                        () -> {
                            Tensor text = network.textTokens(start.fixed(Denoiser.TEXT)); // (B, L, D)
                            Rule rule = new Rule(plan.guidance(), plan.scheduler(), predictor.apply(network));
                            return steps.run(
                                    start, new Denoiser(network, new Given(text, positions), rule, preview(plan)));
                        },
                        RunState::replaced));
    }

    private void add(LoraFile file) {
        Lora lora = Lora.open(file, new CogVideoXLoraNames());
        notes.add(lora.note());
        transformerFiles.add(lora);
    }

    /** The text states, those of the negative prompt first when guidance needs them. */
    private Tensor encode(Plan plan) {
        return Scopes.keep(() -> {
            TokenIds prompt = plan.prompt();
            Tensor states = plan.guidance().active()
                    ? text.encode(text.tokenize(plan.settings().get(CommonSettings.NEGATIVE)), prompt)
                    : text.encode(prompt); // (B, L, Ct)
            RunObserver observer = plan.observer();
            observer.tensor("ids", Tensors.of(prompt.ids(), 1, prompt.ids().length));
            observer.tensor("prompt_embeds", states.narrow(0, states.size(0) - 1, 1));
            return states;
        });
    }

    /** From latents to frames, without the latent frames that were only padding. */
    private void decode(Tensor latents, Plan plan) {
        Scopes.run(() -> {
            Tensor shown = plan.shape().withoutPadding(latents); // (1, F, C, h, w)
            FlatFrames flat = FlatFrames.of(shown, vae.config().temporalCompression());
            Tensor z = vae.config().latentSpace().toAutoencoder(shown); // (1, C, F, h, w)
            decode(
                    z,
                    plan,
                    chunk -> { // (1, 3, T, H, W)
                        plan.observer().checkCancelled();
                        Scopes.run(() -> {
                            Tensor frames = Pixels.fromNetwork(chunk); // (T, H, W, 3)
                            flat.look(frames);
                            plan.observer().frames(frames);
                        });
                    });
            flat.warning().ifPresent(plan.observer()::warning);
        });
    }

    private void decode(Tensor z, Plan plan, Consumer<Tensor> frames) {
        if (CommonSettings.isDraft(plan.settings())) {
            plan.observer().note("the pictures are drafts: the draft decoder makes them, not the VAE");
            draft.decode(z, frames);
        } else {
            codec(plan).decode(z, frames);
        }
    }

    private LatentCodec codec(Plan plan) {
        return LatentCodec.of(vae, plan.memory().plan().tile());
    }

    private UnaryOperator<Tensor> preview(Plan plan) {
        return latents -> preview(plan.shape().withoutPadding(latents));
    }

    private Tensor preview(Tensor latents) {
        return draft.file().isPresent() ? draft.pictures(latents) : preview.pictures(latents);
    }

    private Positions positions(Plan plan) {
        LatentShape shape = plan.shape();
        int length = plan.prompt().ids().length;
        return Positions.of(transformerConfig, new Size(length, shape.frames(), shape.height(), shape.width()));
    }

    private void checkPrecision() {
        if (precision == Precision.FP16 && transformerConfig.rotary()) {
            throw new IllegalArgumentException("this model cannot compute in fp16: CogVideoX-5b and 1.5 were trained in"
                    + " bf16, reach numbers above fp16's 65504, and would make a black video; use bf16 or fp32");
        }
    }

    private Networks networks() {
        VaeConfig v = rules.vae();
        return new Networks(
                text.network(),
                transformer.weights(),
                Network.ofEachUse(
                        vaeFiles.weigh(w -> new VaeEncoder(w.at("encoder"), v), placement), Residency.RESIDENT),
                Network.ofEachUse(
                        vaeFiles.weigh(w -> new VaeDecoder(w.at("decoder"), v), placement), Residency.RESIDENT),
                draft.file());
    }
}
