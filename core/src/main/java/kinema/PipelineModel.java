package kinema;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kinema.diffusion.Condition;
import kinema.diffusion.ConditionType;
import kinema.diffusion.Guidance;
import kinema.diffusion.Held;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.PipelineOutput;
import kinema.diffusion.Sampling;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.StateKeeper;
import kinema.diffusion.Tile;
import kinema.diffusion.VideoPipeline;
import kinema.diffusion.Workload;
import kinema.tensor.Devices;
import kinema.tensor.Precision;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** A system's pipeline behind the library's door: fills in defaults, finishes the frames, records provenance. */
final class PipelineModel implements VideoModel {
    private final String name;
    private final String system;
    private final String digest;
    private final VideoPipeline pipeline;
    private final List<LoraNote> loras;
    private final @Nullable Precision dtype;
    private final Devices device;

    PipelineModel(Path folder, String system, VideoPipeline pipeline, OpenOptions options) {
        this.name = Systems.folderName(folder);
        this.system = system;
        this.digest = CheckpointDigest.of(folder);
        this.pipeline = pipeline;
        this.loras = options.loras().stream().map(LoraNote::of).toList();
        this.dtype = options.precision() == Precision.FP32 ? null : options.precision();
        this.device = options.device();
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
    public String vaeDigest() {
        return pipeline.vaeDigest();
    }

    @Override
    public List<String> notes() {
        return pipeline.notes();
    }

    @Override
    public MemoryPlan plan(GenerationRequest r) {
        Optional<UnfinishedRun> begun = begun(r);
        return plan(r, begun, whole(r, begun), false);
    }

    @Override
    public Outcome generate(GenerationRequest request, GenerationListener listener, FrameSink sink) {
        Provenance provenance = provenance(request, sink.keepsFrames());
        Held held = held(request, provenance, sink.keepsFrames());
        RequestObserver observer = new RequestObserver(listener, sink, provenance, held);
        try (StateKeeper keeper = keeper(provenance, request)) {
            return Scopes.run(() -> {
                PipelineOutput output = pipeline.run(sampling(provenance, request), keeper, observer);
                return new Outcome(provenance, output.tokens(), output.cutText(), observer.tensors());
            });
        } catch (RuntimeException | Error e) {
            observer.free();
            throw e;
        }
    }

    @Override
    public void close() {
        pipeline.close();
    }

    @Override
    public Provenance provenance(GenerationRequest r) {
        return provenance(r, false);
    }

    private Provenance provenance(GenerationRequest r, boolean frames) {
        Optional<UnfinishedRun> begun = begun(r);
        Provenance whole = whole(r, begun);
        return whole.withTile(plan(r, begun, whole, frames).required().tile().orElse(null));
    }

    /** How the request is run: in the tiles it asks for, else in those it was begun with, else in the planner's choice. */
    private MemoryPlan plan(GenerationRequest r, Optional<UnfinishedRun> begun, Provenance p, boolean frames) {
        Optional<Tile> tiles =
                begun.map(UnfinishedRun::provenance).map(before -> before.tile() == null ? Tile.WHOLE : before.tile());
        return pipeline.plan(new Workload(
                p.width(),
                p.height(),
                p.frames(),
                p.compat(),
                Guidance.active(p.guidance()),
                Optional.ofNullable(p.condition()).map(PictureNote::type),
                r.tile().or(() -> tiles),
                held(r, p, frames)));
    }

    private static Held held(GenerationRequest r, Provenance p, boolean frames) {
        return new Held(r.tensors() ? p.steps() : 0, frames);
    }

    /** The unfinished run the request goes on from, if there is one. */
    private static Optional<UnfinishedRun> begun(GenerationRequest r) {
        return r.spill().map(Spill::folder).filter(UnfinishedRun::isAt).map(UnfinishedRun::read);
    }

    /** What the request becomes, but for the tiles. */
    private Provenance whole(GenerationRequest r, Optional<UnfinishedRun> begun) {
        Provenance asked = asked(r);
        return begun.map(run -> run.goOn(asked)).orElse(asked);
    }

    private Provenance asked(GenerationRequest r) {
        SamplingDefaults defaults = defaults();
        return new Provenance(
                name,
                digest,
                loras,
                dtype,
                device,
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
                ModelRules.frames(r, defaults),
                r.fps().orElse(defaults.fps()),
                r.compat(),
                r.condition().map(PictureNote::of).orElse(null),
                r.tile().orElse(null),
                Kinema.version());
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

    private StateKeeper keeper(Provenance p, GenerationRequest request) {
        return request.spill()
                .<StateKeeper>map(spill ->
                        new SpillKeeper(spill, p, new LatentsNotes(name, vaeDigest(), p.frames(), p.fps(), true)))
                .orElse(StateKeeper.NONE);
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
}
