package kinema;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
        Observer observer = new Observer(listener, request.tensors());
        try {
            return Scopes.run(() -> {
                Provenance provenance = provenance(request);
                PipelineOutput output =
                        pipeline.run(sampling(provenance, request), keeper(provenance, request), observer);
                observer.tensor("video", output.video());
                return new Generation(
                        new Video(
                                provenance.width(),
                                provenance.height(),
                                provenance.fps(),
                                FrameTensors.toBytes(output.video())),
                        provenance,
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

    /** The request with nothing left open, or what it goes on from. */
    private Provenance provenance(GenerationRequest r) {
        SamplingDefaults defaults = defaults();
        Provenance asked = new Provenance(
                name,
                digest,
                loras,
                r.prompt(),
                r.original().orElse(null),
                r.negative(),
                r.seed(),
                r.scheduler().orElse(defaults.scheduler()),
                r.spacing().orElse(null),
                r.steps().orElse(defaults.steps()),
                r.guidance().orElse(defaults.guidance()),
                r.dynamicGuidance(),
                r.width().orElse(defaults.width()),
                r.height().orElse(defaults.height()),
                frames(r),
                r.fps().orElse(defaults.fps()),
                r.compat(),
                r.condition().map(PictureNote::of).orElse(null),
                r.tile().orElse(null),
                Kinema.version());
        return r.spill()
                .map(Spill::folder)
                .filter(UnfinishedRun::isAt)
                .map(folder -> UnfinishedRun.read(folder).goOn(asked))
                .orElse(asked);
    }

    private static Sampling sampling(Provenance p, GenerationRequest request) {
        return new Sampling(
                p.prompt(),
                p.negative(),
                p.seed(),
                p.scheduler(),
                Optional.ofNullable(p.spacing()),
                p.steps(),
                p.guidance(),
                p.dynamicGuidance(),
                p.width(),
                p.height(),
                p.frames(),
                p.compat(),
                condition(p, request),
                Optional.ofNullable(p.tile()));
    }

    private static StateKeeper keeper(Provenance provenance, GenerationRequest request) {
        return request.spill()
                .<StateKeeper>map(spill -> new SpillKeeper(spill, provenance))
                .orElse(StateKeeper.NONE);
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

    /** The request's pictures; none, but what they are to the run, where a kept state has what they became. */
    private static Optional<Condition> condition(Provenance p, GenerationRequest request) {
        PictureNote note = p.condition();
        if (note == null) {
            return Optional.empty();
        }
        double strength = note.strength() == null ? 1 : note.strength();
        int count = note.type() == ConditionType.IMAGE ? 1 : p.frames();
        Tensor frames = request.condition()
                .map(c -> FrameTensors.of(c.pictures(), count, p.width(), p.height(), c.fit()))
                .orElseGet(() -> Tensors.zeros(ScalarType.Byte, 0, p.height(), p.width(), 3));
        return Optional.of(new Condition(note.type(), frames, strength));
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
