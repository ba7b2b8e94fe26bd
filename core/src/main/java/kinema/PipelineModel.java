package kinema;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Tile;
import kinema.system.Collected;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.OpenOptions;
import kinema.system.Run;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Stage;
import kinema.system.StateKeeper;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.tensor.Devices;
import kinema.tensor.Precision;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
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
        this.name = Kinema.name(folder);
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
    public VideoSize size() {
        return pipeline.rules().size();
    }

    @Override
    public Schema settings() {
        return pipeline.rules().settings();
    }

    @Override
    public Optional<String> vaeDigest() {
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
        Sampling sampling =
                sampling(provenance, Optional.of(provenance.tile() == null ? Tile.WHOLE : provenance.tile()));
        List<Stage> stages = pipeline.rules().stages(sampling);
        RequestObserver observer = new RequestObserver(
                listener, sink, provenance, new Collected(request.tensors(), sink.keepsFrames()), stages);
        try (StateKeeper keeper = keeper(provenance, request)) {
            return Scopes.run(() -> {
                pipeline.run(new Run(sampling, () -> pictures(provenance, request), keeper, observer));
                return observer.outcome();
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
        return pipeline.plan(sampling(p, r.tile().or(() -> tiles)), new Collected(r.tensors(), frames));
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
        VideoSize size = ModelRules.size(r, size());
        Map<String, Object> settings = settings().complete(r.settings()).values();
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
                SchedulerType.parse(String.valueOf(settings.get("scheduler"))),
                r.spacing().orElse(null),
                (Integer) settings.getOrDefault("steps", 0),
                (Double) settings.getOrDefault("guidance", 1.0),
                r.dynamicGuidance(),
                size.width(),
                size.height(),
                size.frames(),
                size.fps(),
                r.compat(),
                r.condition().map(PictureNote::of).orElse(null),
                r.tile().orElse(null),
                Kinema.version());
    }

    private Sampling sampling(Provenance p, Optional<Tile> tile) {
        return new Sampling(
                p.prompt(),
                p.seed(),
                new VideoSize(p.width(), p.height(), p.frames(), p.fps()),
                settings().complete(p.request().build().settings()),
                Optional.ofNullable(p.condition())
                        .map(note -> new Condition(note.type(), note.strength() == null ? 1 : note.strength())),
                tile);
    }

    private StateKeeper keeper(Provenance p, GenerationRequest request) {
        return request.spill()
                .<StateKeeper>map(spill -> new SpillKeeper(
                        spill,
                        p,
                        vaeDigest()
                                .map(vae -> new LatentsNotes(name, vae, p.frames(), p.fps(), true).toMap())
                                .orElse(Map.of())))
                .orElse(StateKeeper.NONE);
    }

    /** The request's pictures as the pipeline takes them, (T, H, W, 3). */
    private static Tensor pictures(Provenance p, GenerationRequest request) {
        PictureCondition c = request.condition()
                .orElseThrow(() -> new IllegalStateException("asked for pictures that the request has none of"));
        int count = c.type() == ConditionType.IMAGE ? 1 : p.frames();
        return FrameTensors.of(c.pictures(), count, p.width(), p.height(), c.fit());
    }
}
