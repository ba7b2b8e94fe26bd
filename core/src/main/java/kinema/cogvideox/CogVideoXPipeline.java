package kinema.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.cogvideox.MemoryPlanner.Networks;
import kinema.cogvideox.files.CogVideoXLoraNames;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.ModelIndex;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.Pixels;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.cogvideox.vae.VaeDecoder;
import kinema.cogvideox.vae.VaeEncoder;
import kinema.diffusion.Condition;
import kinema.diffusion.ConditionType;
import kinema.diffusion.Denoised;
import kinema.diffusion.DenoisingState;
import kinema.diffusion.Guidance;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Phase;
import kinema.diffusion.PipelineOutput;
import kinema.diffusion.Sampling;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.SamplingObserver;
import kinema.diffusion.Scheduler;
import kinema.diffusion.StateKeeper;
import kinema.diffusion.Timesteps;
import kinema.diffusion.VideoPipeline;
import kinema.diffusion.Workload;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Checkpoint;
import kinema.weights.Loading;
import kinema.weights.Lora;
import kinema.weights.LoraFile;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.Shared;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
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
public final class CogVideoXPipeline implements VideoPipeline {
    /** What a request asks for, in this model's terms. */
    private record Run(Sampling sampling, MemoryPlan plan, TokenIds prompt, LatentShape shape, Scheduler scheduler) {
        int steps() {
            return scheduler.timesteps().count();
        }

        String cutText() {
            return prompt.cut() == null ? "" : prompt.cut();
        }

        Guidance guidance() {
            return new Guidance(
                    sampling.guidance(),
                    sampling.dynamicGuidance(),
                    scheduler.timesteps().steps());
        }
    }

    private final CogVideoXRules rules;
    private final SchedulerFile sampler;
    private final NoiseSchedule schedule;
    private final PromptEncoder prompts;
    private final Checkpoint transformerFiles, vaeFiles;
    private final TransformerConfig transformerConfig;
    private final Placement transformerPlacement, placement;
    private final Shared<ExpertTransformer> transformer;
    private final MemoryPlanner planner;
    private final RunningPlans running = new RunningPlans();
    private final Vae vae;
    private final LatentPreview preview;
    private final List<String> notes = new ArrayList<>();

    /** Opens all parts; what {@code opening} notes is closed when one of them fails. */
    private CogVideoXPipeline(Path folder, Loading loading, Opening opening) {
        ModelFiles files = ModelFiles.of(folder);
        ModelIndex index = new ModelIndex(files.index());
        rules = CogVideoXRules.of(folder, files);
        TransformerConfig t = rules.transformer();
        VaeConfig v = rules.vae();
        loading.device().check();
        transformerConfig = t;
        transformerPlacement = new Placement(loading.precision().dtype(), loading.device(), Residency.RESIDENT);
        placement = new Placement(
                MemoryPlanner.vaePrecision(loading.precision()).dtype(), loading.device(), Residency.STREAMED);
        sampler = SchedulerFile.read(files.scheduler());
        schedule = new NoiseSchedule(sampler.schedule());
        prompts = PromptEncoder.open(files, index, t.maxTextLength());
        opening.closeWith(prompts::close);
        transformerFiles = files.openTransformer(transformerPlacement);
        opening.closeWith(transformerFiles::close);
        transformer = transformerFiles.shared(w -> new ExpertTransformer(w, t), transformerPlacement);
        loading.loras().forEach(this::add);
        vaeFiles = files.openVae(placement);
        opening.closeWith(vaeFiles::close);
        vae = vaeFiles.load(w -> new Vae(w, v));
        preview = new LatentPreview(vae, v);
        planner = new MemoryPlanner(t, v, networks(v), loading);
    }

    /**
     * Opens a checkpoint.
     *
     * @param folder holds {@code model_index.json} and a folder for each part
     * @param loading how
     * @throws WeightsException for a missing, damaged or unknown part, or a LoRA of another model
     */
    public static CogVideoXPipeline open(Path folder, Loading loading) {
        try (Opening opening = new Opening()) {
            CogVideoXPipeline pipeline = new CogVideoXPipeline(folder, loading, opening);
            opening.succeeded();
            return pipeline;
        }
    }

    /** Whether a folder holds a CogVideoX in its authors' own layout, which no {@code model_index.json} describes. */
    public static boolean isAuthors(Path folder) {
        return ModelFiles.isAuthors(folder);
    }

    @Override
    public SamplingDefaults defaults() {
        return rules.defaults();
    }

    @Override
    public MemoryPlan plan(Workload w) {
        rules.check(w);
        return planner.plan(w, running.taken(), transformer.isLoaded());
    }

    @Override
    public String vaeDigest() {
        return CogVideoXCodec.digest(vae.config(), vaeFiles);
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public PipelineOutput run(Sampling s, StateKeeper keeper, SamplingObserver observer) {
        Workload work = Workload.of(s, observer.held());
        rules.check(work);
        MemoryPlan plan = running.begin(taken -> planner.plan(work, taken, transformer.isLoaded()));
        try {
            return run(s, rules.shape(work), plan, keeper, observer);
        } finally {
            running.end(plan);
        }
    }

    private PipelineOutput run(
            Sampling s, LatentShape shape, MemoryPlan plan, StateKeeper keeper, SamplingObserver observer) {
        releaseUnlessKept(plan);
        Run run = new Run(s, plan, prompts.tokenize(s.prompt()), shape, Scheduler.of(s.scheduler(), timesteps(s)));
        // Before the text encoder, because what it refuses need not wait for that.
        try (Positions positions = positions(run)) {
            observer.prompt(run.prompt().used(), run.cutText());
            Scopes.run(() -> {
                DenoisingState start = keeper.kept().orElseGet(() -> begin(run, observer));
                Tensor latents = start.at().latents(); // (1, F, C, h, w)
                if (start.done() < run.steps()) {
                    observer.phase(Phase.DENOISE);
                    latents = transformer(run.plan())
                            .use(network ->
                                    denoiser(run, network, positions).run(start, keeper, observer)); // (1, F, C, h, w)
                }
                releaseUnlessKept(plan);
                observer.checkCancelled();
                observer.phase(Phase.DECODE);
                decode(latents, run, observer);
            });
            return new PipelineOutput(run.prompt().used(), run.cutText());
        }
    }

    @Override
    public void close() {
        preview.close();
        prompts.close();
        transformerFiles.close();
        vaeFiles.close();
    }

    /** The state before the first step. */
    private DenoisingState begin(Run run, SamplingObserver observer) {
        observer.phase(Phase.TEXT);
        Map<String, Tensor> fixed = new HashMap<>();
        fixed.put(Denoiser.TEXT, encode(run, observer)); // (B, L, Ct)
        Optional<Condition> condition = run.sampling().condition();
        if (condition.isPresent()) {
            observer.phase(Phase.ENCODE);
        }
        try (Rng rng = new Rng(run.sampling().seed())) {
            LatentInput input = new Conditioner(codec(run), vae.config(), schedule, run.shape())
                    .start(condition, run.scheduler().timesteps().at(0), rng);
            if (input.beside() != null) {
                fixed.put(Denoiser.BESIDE, input.beside()); // (1, F, C, h, w)
            }
            return new DenoisingState(0, Denoised.start(input.latents()), rng.state(), fixed);
        }
    }

    private void add(LoraFile file) {
        Lora lora = Lora.open(file, new CogVideoXLoraNames());
        notes.add(lora.note());
        transformerFiles.add(lora);
    }

    /** The text states, those of the negative prompt first when guidance needs them. */
    private Tensor encode(Run run, SamplingObserver observer) {
        return Scopes.keep(() -> {
            TokenIds prompt = run.prompt();
            Tensor text = run.guidance().active()
                    ? prompts.encode(placement, prompts.tokenize(run.sampling().negative()), prompt)
                    : prompts.encode(placement, prompt); // (B, L, Ct)
            observer.tensor("ids", Tensors.of(prompt.ids(), 1, prompt.ids().length));
            observer.tensor("prompt_embeds", text.narrow(0, text.size(0) - 1, 1));
            return text;
        });
    }

    /** From latents to frames, without the latent frames that were only padding. */
    private void decode(Tensor latents, Run run, SamplingObserver observer) {
        LatentShape shape = run.shape();
        Scopes.run(() -> {
            Tensor z = shape.withoutPadding(latents)
                    .permute(0, 2, 1, 3, 4) // (1, C, F, h, w)
                    .mul(new Scalar(1 / vae.config().scalingFactor()));
            codec(run)
                    .decode(
                            z,
                            chunk -> { // (1, 3, T, H, W)
                                observer.checkCancelled();
                                Scopes.run(() -> observer.frames(Pixels.fromVae(chunk)));
                            });
        });
    }

    private OnDemand<ExpertTransformer> transformer(MemoryPlan plan) {
        return plan.residency() == Residency.STREAMED
                ? transformerFiles.onDemand(
                        w -> new ExpertTransformer(w, transformerConfig), transformerPlacement.streamed())
                : transformer;
    }

    private void releaseUnlessKept(MemoryPlan plan) {
        if (plan.residency() != Residency.KEPT) {
            transformer.release();
        }
    }

    private LatentCodec codec(Run run) {
        return LatentCodec.of(vae, run.plan().tile());
    }

    private Denoiser denoiser(Run run, ExpertTransformer network, Positions positions) {
        LatentShape shape = run.shape();
        return new Denoiser(
                network,
                positions,
                run.guidance(),
                run.scheduler(),
                latents -> preview.pictures(shape.withoutPadding(latents)));
    }

    /** All timesteps, or the last of them where a video is changed and not made. */
    private Timesteps timesteps(Sampling s) {
        Timesteps all =
                new Timesteps(schedule, s.spacing().orElse(sampler.spacing()), sampler.offset(), s.steps(), s.compat());
        return s.condition()
                .filter(c -> c.type() == ConditionType.VIDEO)
                .map(c -> all.last(c.strength()))
                .orElse(all);
    }

    private Positions positions(Run run) {
        LatentShape shape = run.shape();
        int length = run.prompt().ids().length;
        return Positions.of(transformerConfig, new Size(length, shape.frames(), shape.height(), shape.width()));
    }

    private Networks networks(VaeConfig v) {
        return new Networks(
                prompts.weigh(placement),
                transformerFiles.weigh(w -> new ExpertTransformer(w, transformerConfig), transformerPlacement),
                vaeFiles.weigh(w -> new VaeEncoder(w.at("encoder"), v), placement),
                vaeFiles.weigh(w -> new VaeDecoder(w.at("decoder"), v), placement));
    }
}
