package kinema;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import kinema.diffusion.Condition;
import kinema.diffusion.ConditionType;
import kinema.diffusion.Phase;
import kinema.diffusion.PipelineOutput;
import kinema.diffusion.Sampling;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.SamplingObserver;
import kinema.diffusion.StateKeeper;
import kinema.diffusion.VideoPipeline;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/** A system's pipeline behind the library's door: fills in defaults, finishes the frames, records provenance. */
final class PipelineModel implements VideoModel {
    private final String name;
    private final String system;
    private final String digest;
    private final VideoPipeline pipeline;
    private final List<LoraNote> loras;

    PipelineModel(Path folder, String system, VideoPipeline pipeline, OpenOptions options) {
        this.name = folder.toAbsolutePath().normalize().getFileName().toString();
        this.system = system;
        this.digest = CheckpointDigest.of(folder);
        this.pipeline = pipeline;
        this.loras = options.loras().stream().map(LoraNote::of).toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String system() {
        return system;
    }

    @Override
    public SamplingDefaults defaults() {
        return pipeline.defaults();
    }

    @Override
    public List<String> notes() {
        return pipeline.notes();
    }

    @Override
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        double fps = request.fps().orElse(defaults().fps());
        Observer observer = new Observer(listener, request.tensors());
        try {
            return Scopes.run(() -> {
                Sampling sampling = resolve(request);
                PipelineOutput output = pipeline.run(sampling, StateKeeper.NONE, observer);
                observer.tensor("video", output.video());
                return new Generation(
                        new Video(sampling.width(), sampling.height(), fps, FrameTensors.toBytes(output.video())),
                        provenance(request, sampling, fps),
                        output.tokens(),
                        output.cutText(),
                        observer.kept);
            });
        } catch (RuntimeException e) {
            observer.kept.values().forEach(Scopes::free);
            throw e;
        }
    }

    @Override
    public void close() {
        pipeline.close();
    }

    private Sampling resolve(GenerationRequest request) {
        SamplingDefaults defaults = defaults();
        int width = request.width().orElse(defaults.width());
        int height = request.height().orElse(defaults.height());
        int frames = frames(request);
        return new Sampling(
                request.prompt(),
                request.negative(),
                request.seed(),
                request.scheduler().orElse(defaults.scheduler()),
                request.steps().orElse(defaults.steps()),
                request.guidance().orElse(defaults.guidance()),
                request.dynamicGuidance(),
                width,
                height,
                frames,
                request.compat(),
                request.condition().map(c -> condition(c, frames, width, height)),
                request.tile());
    }

    /** As many frames as asked for; else as the video has that is changed or followed; else the model's own. */
    private int frames(GenerationRequest request) {
        OptionalInt given = request.condition()
                .filter(c -> c.type() != ConditionType.IMAGE)
                .map(c -> OptionalInt.of(c.pictures().frames().size()))
                .orElse(OptionalInt.empty());
        int frames = request.frames().orElse(given.orElse(defaults().frames()));
        if (given.isPresent() && given.getAsInt() < frames) {
            throw new IllegalArgumentException(
                    frames + " frames are asked for, and the given video has only " + given.getAsInt());
        }
        return frames;
    }

    private static Condition condition(PictureCondition c, int frames, int width, int height) {
        int count = c.type() == ConditionType.IMAGE ? 1 : frames;
        return new Condition(c.type(), FrameTensors.of(c.pictures(), count, width, height, c.fit()), c.strength());
    }

    private Provenance provenance(GenerationRequest request, Sampling s, double fps) {
        return new Provenance(
                name,
                digest,
                loras,
                s.prompt(),
                s.negative(),
                s.seed(),
                s.scheduler(),
                s.steps(),
                s.guidance(),
                s.dynamicGuidance(),
                s.width(),
                s.height(),
                s.frames(),
                fps,
                s.compat(),
                request.condition().map(PictureNote::of).orElse(null),
                s.tile().orElse(null),
                Kinema.version());
    }

    /** Hands a pipeline's events to the caller's listener and keeps its tensors where asked to. */
    private static final class Observer implements SamplingObserver {
        private final GenerationListener listener;
        private final boolean keep;
        private final Map<String, Tensor> kept = new LinkedHashMap<>();

        private Observer(GenerationListener listener, boolean keep) {
            this.listener = listener;
            this.keep = keep;
        }

        @Override
        public void phase(Phase phase) {
            listener.phase(phase);
        }

        @Override
        public void step(int done, int total) {
            listener.step(done, total);
        }

        @Override
        public void tensor(String name, Tensor tensor) {
            if (keep) {
                kept.put(name, Scopes.own(Scopes.keep(() -> tensor.detach().clone())));
            }
        }

        @Override
        public void checkCancelled() {
            if (listener.cancelled()) {
                throw new CancellationException("the generation was cancelled");
            }
        }
    }
}
