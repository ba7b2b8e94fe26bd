package kinema.cogvideox;

import java.nio.file.Path;
import java.util.Arrays;
import kinema.cogvideox.Positions.Size;
import kinema.diffusion.ConditionType;
import kinema.diffusion.Guidance;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Phase;
import kinema.diffusion.PipelineOutput;
import kinema.diffusion.Sampling;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.SamplingObserver;
import kinema.diffusion.Scheduler;
import kinema.diffusion.Timesteps;
import kinema.diffusion.VideoPipeline;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Checkpoint;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Video from text, and from an image or another video, with a CogVideoX checkpoint in the published layout, in float32.
 *
 * <p>The modes share one loop: they differ in what it starts from, {@link Conditioner}, and in its timesteps.
 *
 * <p>Axes: B batch (2 with guidance: without the prompt, with it), F h w latent frames, rows, columns, C latent
 * channels, L text tokens, T H W frames, rows, columns of video.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX</a>
 */
public final class CogVideoXPipeline implements VideoPipeline {
    /** The state of one run. */
    private record Run(Guidance guidance, Scheduler scheduler, Positions positions, Rng rng) {
        int firstTimestep() {
            return scheduler.timesteps().at(0);
        }
    }

    private final Task task;
    private final SamplingDefaults defaults;
    private final NoiseSchedule schedule;
    private final PromptEncoder prompts;
    private final Checkpoint transformerFiles, vaeFiles;
    private final ExpertTransformer transformer;
    private final Vae vae;

    /** Opens all parts; what {@code opening} notes is closed when one of them fails. */
    private CogVideoXPipeline(Path folder, Opening opening) {
        ModelIndex index = ModelIndex.read(folder);
        TransformerConfig t = TransformerConfig.read(folder.resolve("transformer/config.json"));
        VaeConfig v = VaeConfig.read(folder.resolve("vae/config.json"));
        task = Task.of(index);
        checkChannels(folder, task, t, v);
        defaults = index.defaults(t, v);
        schedule = new NoiseSchedule(SchedulerFile.read(folder.resolve("scheduler/scheduler_config.json")));
        prompts = PromptEncoder.open(folder, index, t.maxTextLength());
        opening.closeWith(prompts::close);
        transformerFiles = Checkpoint.open(folder.resolve("transformer"), ScalarType.Float);
        opening.closeWith(transformerFiles::close);
        transformer = transformerFiles.load(w -> new ExpertTransformer(w, t));
        vaeFiles = Checkpoint.open(folder.resolve("vae"), ScalarType.Float);
        opening.closeWith(vaeFiles::close);
        vae = vaeFiles.load(w -> new Vae(w, v));
    }

    /**
     * Opens a checkpoint.
     *
     * @param folder holds {@code model_index.json} and a folder for each part
     * @throws WeightsException for a missing, damaged or unknown part
     */
    public static CogVideoXPipeline open(Path folder) {
        try (Opening opening = new Opening()) {
            CogVideoXPipeline pipeline = new CogVideoXPipeline(folder, opening);
            opening.succeeded();
            return pipeline;
        }
    }

    @Override
    public SamplingDefaults defaults() {
        return defaults;
    }

    @Override
    public PipelineOutput run(Sampling s, SamplingObserver observer) {
        task.check(s.condition());
        LatentShape shape = LatentShape.of(s.frames(), s.height(), s.width(), transformer.config(), vae.config());
        LatentCodec codec = codec(s);
        Conditioner conditioner = new Conditioner(codec, vae.config(), schedule, shape);
        Timesteps timesteps = timesteps(s);
        TokenIds prompt = prompts.tokenize(s.prompt());
        Size size = new Size(prompt.ids().length, shape.frames(), shape.height(), shape.width());
        // The run's own objects first: what they refuse need not wait for the text encoder.
        try (Rng rng = new Rng(s.seed());
                Scheduler scheduler = Scheduler.start(s.scheduler(), schedule, timesteps);
                Positions positions = Positions.of(transformer.config(), size)) {
            Run run = new Run(guidance(s, timesteps), scheduler, positions, rng);
            Tensor video = Scopes.keep(() -> {
                observer.phase(Phase.TEXT);
                Tensor text = encode(s, run.guidance(), prompt, observer); // (B, L, Ct)
                if (s.condition().isPresent()) {
                    observer.phase(Phase.ENCODE);
                }
                LatentInput start = conditioner.start(s.condition(), run.firstTimestep(), rng);
                observer.phase(Phase.DENOISE);
                Tensor latents = denoise(run, start, text, observer); // (1, F, C, h, w)
                observer.checkCancelled();
                observer.phase(Phase.DECODE);
                return decode(latents, shape, codec); // (T, H, W, 3)
            });
            return new PipelineOutput(video, prompt.used(), prompt.cut() == null ? "" : prompt.cut());
        }
    }

    @Override
    public void close() {
        prompts.close();
        transformerFiles.close();
        vaeFiles.close();
    }

    /** The text states, those of the negative prompt first when guidance needs them. */
    private Tensor encode(Sampling s, Guidance guidance, TokenIds prompt, SamplingObserver observer) {
        return Scopes.keep(() -> {
            Tensor text = guidance.active()
                    ? prompts.encode(prompts.tokenize(s.negative()), prompt)
                    : prompts.encode(prompt); // (B, L, Ct)
            observer.tensor("ids", Tensors.of(prompt.ids(), 1, prompt.ids().length));
            observer.tensor("prompt_embeds", text.narrow(0, text.size(0) - 1, 1));
            return text;
        });
    }

    /** From noise to latents: the network predicts, guidance joins, the scheduler steps. */
    private Tensor denoise(Run run, LatentInput start, Tensor text, SamplingObserver observer) {
        return Scopes.keep(() -> {
            LatentInput x = start;
            int steps = run.scheduler().timesteps().count();
            for (int i = 0; i < steps; i++) {
                observer.checkCancelled();
                Tensor next = step(run, i, x, text); // (1, F, C, h, w)
                x.latents().close();
                x = x.with(next);
                requireFinite(next, i, steps);
                observer.tensor("latents_step" + i, next);
                observer.step(i + 1, steps);
            }
            return x.latents();
        });
    }

    private Tensor step(Run run, int i, LatentInput x, Tensor text) {
        return Scopes.keep(() -> {
            int timestep = run.scheduler().timesteps().at(i);
            boolean guided = run.guidance().active();
            Tensor input = x.batch(guided ? 2 : 1); // (B, F, C or 2·C, h, w)
            Tensor velocity = transformer.forward(input, text, batch(timestep, input), run.positions());
            if (guided) {
                velocity = run.guidance().join(velocity, timestep); // (1, F, C, h, w)
            }
            return run.scheduler().step(i, x.latents(), velocity, run.rng()); // (1, F, C, h, w)
        });
    }

    /** From latents to frames, without the latent frames that were only padding. */
    private Tensor decode(Tensor latents, LatentShape shape, LatentCodec codec) {
        return Scopes.keep(() -> {
            Tensor z = latents.narrow(1, shape.padding(), shape.frames() - shape.padding())
                    .permute(0, 2, 1, 3, 4) // (1, C, F, h, w)
                    .mul(new Scalar(1 / vae.config().scalingFactor()));
            Tensor video = codec.decode(z); // (1, 3, T, H, W)
            return video.mul(new Scalar(0.5))
                    .add(new Scalar(0.5))
                    .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)))
                    .squeeze(0)
                    .permute(1, 2, 3, 0)
                    .contiguous(); // (T, H, W, 3)
        });
    }

    private LatentCodec codec(Sampling s) {
        return s.tile().<LatentCodec>map(tile -> new TiledVae(vae, tile)).orElse(vae);
    }

    /** All timesteps, or the last of them where a video is changed and not made. */
    private Timesteps timesteps(Sampling s) {
        Timesteps all = new Timesteps(schedule, s.steps(), s.compat());
        return s.condition()
                .filter(c -> c.type() == ConditionType.VIDEO)
                .map(c -> all.last(c.strength()))
                .orElse(all);
    }

    private static Guidance guidance(Sampling s, Timesteps timesteps) {
        return new Guidance(s.guidance(), s.dynamicGuidance(), timesteps.count());
    }

    private static Tensor batch(int timestep, Tensor like) {
        long[] all = new long[Math.toIntExact(like.size(0))];
        Arrays.fill(all, timestep);
        return Tensors.of(all, all.length); // (B)
    }

    private static void requireFinite(Tensor latents, int step, int steps) {
        boolean finite = Scopes.run(() -> latents.isfinite().all().item_bool());
        if (!finite) {
            throw new ArithmeticException("latents are not finite after step " + (step + 1) + " of " + steps
                    + "; the weights may be damaged, or the guidance far too large");
        }
    }

    private static void checkChannels(Path folder, Task task, TransformerConfig t, VaeConfig v) {
        long expected = task.inputs() * v.latentChannels();
        if (t.inChannels() != expected || t.outChannels() != v.latentChannels()) {
            throw new WeightsException(folder.resolve("transformer/config.json") + ": " + task.words()
                    + " needs in_channels " + expected + " and out_channels " + v.latentChannels()
                    + " for the VAE's " + v.latentChannels() + ", found " + t.inChannels() + " and " + t.outChannels()
                    + "; is model_index.json that of another model?");
        }
    }
}
