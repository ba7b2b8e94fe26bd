package kinema;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kinema.memory.MemoryPlan;
import kinema.memory.Tile;
import kinema.system.Collected;
import kinema.system.CommonSettings;
import kinema.system.OpenOptions;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.system.VideoSystem;

/** A system's pipeline behind the library's door: says requests in full and plans them. */
final class PipelineModel implements VideoModel {
    private final ModelNote model;
    private final EngineNote engine;
    private final VideoPipeline pipeline;
    private final AsyncGenerations async = new AsyncGenerations();
    private final List<String> notes = new ArrayList<>();

    private PipelineModel(ModelNote model, EngineNote engine, VideoPipeline pipeline) {
        this.model = model;
        this.engine = engine;
        this.pipeline = pipeline;
    }

    static PipelineModel open(VideoSystem system, Path folder, OpenOptions asked) {
        FastestPrecision fastest = FastestPrecision.ofMachine();
        OpenOptions options = fastest.decide(system, asked);
        Quantized quantized = Quantized.onMachine(options);
        quantized.require(system);
        ModelNote model = new ModelNote(
                system.name(),
                Kinema.name(folder),
                CheckpointDigest.of(system, folder),
                options.loras().stream().map(LoraNote::of).toList(),
                Optional.empty(),
                options.precision(),
                options.quantization());
        PipelineModel opened =
                new PipelineModel(model, EngineNote.here(options.device()), system.open(folder, options));
        if (asked.precisionOpen()) {
            fastest.note(options).ifPresent(opened.notes::add);
        }
        quantized.note().ifPresent(opened.notes::add);
        opened.notes.addAll(opened.pipeline.notes());
        return opened;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public String system() {
        return String.valueOf(model.system());
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
    public Optional<String> draftDecoder() {
        return pipeline.draftDecoder();
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public Job prepare(GenerationRequest r, boolean framesKept) {
        return job(r, framesKept);
    }

    private PipelineJob job(GenerationRequest r, boolean framesKept) {
        Optional<UnfinishedRun> begun =
                r.spill().map(Spill::folder).filter(UnfinishedRun::isAt).map(UnfinishedRun::read);
        Sampling asked = ModelRules.sampling(r, pipeline.rules());
        Provenance made = new Provenance(
                note(asked), engine, asked, r.original(), r.condition().map(c -> note(c, asked)));
        Provenance whole = begun.map(run -> run.goOn(made, settings())).orElse(made);
        Collected collected = new Collected(r.tensors(), framesKept);
        MemoryPlan plan = pipeline.plan(tiled(whole.sampling(), r.tileOpen() ? Optional.empty() : begun), collected);
        ModelRules.checkGiven(r, whole.sampling(), pipeline.rules());
        return new PipelineJob(
                pipeline, r, collected, begun, whole.withTile(plan.tile().orElse(Tile.WHOLE)), plan);
    }

    /** What a request's provenance says of the model. */
    private ModelNote note(Sampling asked) {
        return CommonSettings.isDraft(asked.settings()) ? model.withDraftDecoder(draftDecoder()) : model;
    }

    /** The note of the pictures that are used of those that are given. */
    private PictureNote note(PictureCondition given, Sampling asked) {
        pipeline.rules().check(asked);
        return PictureNote.of(given, pipeline.rules().pictures(asked).count());
    }

    /** In the tiles that are asked for, else in those the run was begun with, else in whatever the plan chooses. */
    private static Sampling tiled(Sampling s, Optional<UnfinishedRun> begun) {
        return begun.filter(run -> s.tile().isEmpty())
                .flatMap(run -> run.provenance().sampling().tile())
                .map(s::with)
                .orElse(s);
    }

    @Override
    public CompletableFuture<Generation> generateAsync(GenerationRequest request, GenerationListener listener) {
        return async.start(this, request, listener);
    }

    @Override
    public Path calibrate(List<GenerationRequest> requests, GenerationListener listener) throws IOException {
        return pipeline.calibrate(
                requests.stream().map(r -> job(r, false).measured(listener)).toList());
    }

    @Override
    public void close() {
        async.close();
        pipeline.close();
    }
}
