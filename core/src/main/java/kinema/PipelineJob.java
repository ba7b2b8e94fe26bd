package kinema;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.memory.MemoryPlan;
import kinema.system.Collected;
import kinema.system.PictureSize;
import kinema.system.Run;
import kinema.system.Stage;
import kinema.system.StateStore;
import kinema.system.VideoPipeline;
import kinema.system.VideoSize;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * A request for a system's pipeline.
 *
 * @param pipeline that serves it
 * @param request as it was asked
 * @param collected what of its results stays in memory
 * @param begun the unfinished run it goes on from
 * @param provenance the request with nothing left open
 * @param plan how it is run
 */
record PipelineJob(
        VideoPipeline pipeline,
        GenerationRequest request,
        Collected collected,
        Optional<UnfinishedRun> begun,
        Provenance provenance,
        MemoryPlan plan)
        implements Job {
    @Override
    public Optional<LatentsNotes> latentsNotes() {
        VideoSize size = provenance.size();
        return pipeline.vaeDigest()
                .map(vae -> new LatentsNotes(provenance.model().name(), vae, size.frames(), size.fps(), true));
    }

    @Override
    public Optional<String> difference(Provenance earlier) {
        return earlier.completed(pipeline.rules().settings()).difference(provenance);
    }

    @Override
    public Outcome run(GenerationListener listener, FrameSink sink) {
        RequestObserver observer = observer(listener, sink);
        try (StateStore store = store(listener)) {
            return Scopes.run(() -> {
                pipeline.run(of(store, observer));
                return observer.outcome();
            });
        } catch (RuntimeException | Error e) {
            observer.free();
            throw e;
        }
    }

    /** Its run where no frames come of it. */
    Run measured(GenerationListener listener) {
        return of(StateStore.NONE, observer(listener, new FrameCollector()));
    }

    private Run of(StateStore store, RequestObserver observer) {
        return new Run(provenance.sampling(), plan.required(), this::pictures, store, observer);
    }

    private RequestObserver observer(GenerationListener listener, FrameSink sink) {
        List<Stage> stages = pipeline.rules().stages(provenance.sampling());
        return new RequestObserver(listener, sink, provenance, collected, stages);
    }

    private StateStore store(GenerationListener listener) {
        Map<String, String> notes = latentsNotes().map(LatentsNotes::toMap).orElse(Map.of());
        return request.spill()
                .<StateStore>map(spill -> new SpillStore(spill, provenance, notes, listener::unsaved))
                .orElse(StateStore.NONE);
    }

    /** The request's pictures as the model needs them, (T, H, W, 3); saved work holds what they became. */
    private Tensor pictures() {
        PictureCondition c = request.condition()
                .orElseThrow(() -> new SpillException("the unfinished work that this request goes on from is gone, and"
                        + " with it what its pictures became; generate again with them"));
        PictureSize needed = pipeline.rules().pictures(provenance.sampling());
        return FrameTensors.of(c.pictures(), needed.count(), needed.width(), needed.height(), c.fit());
    }
}
