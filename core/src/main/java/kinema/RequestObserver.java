package kinema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.diffusion.Estimates;
import kinema.system.Collected;
import kinema.system.NotFiniteException;
import kinema.system.RunObserver;
import kinema.system.Stage;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Hands a pipeline's events to the caller's listener and its frames to the caller's sink; keeps its tensors if asked to. */
final class RequestObserver implements RunObserver {
    private final GenerationListener listener;
    private final FrameSink sink;
    private final Provenance provenance;
    private final Collected collected;
    private final List<Stage> stages;
    private final Map<String, Tensor> kept = new LinkedHashMap<>();
    private final List<Tensor> video = new ArrayList<>();
    private boolean begun;
    private long handed; // frames
    private int promptTokens;
    private String cutText = "";
    private Optional<Estimates> estimates = Optional.empty();

    RequestObserver(
            GenerationListener listener,
            FrameSink sink,
            Provenance provenance,
            Collected collected,
            List<Stage> stages) {
        this.listener = listener;
        this.sink = sink;
        this.provenance = provenance;
        this.collected = collected;
        this.stages = stages;
    }

    @Override
    public Collected collected() {
        return collected;
    }

    @Override
    public void prompt(int used, String cut) {
        promptTokens = used;
        cutText = cut;
        listener.prompt(used, cut);
    }

    @Override
    public void warning(String text) {
        listener.warning(text);
    }

    @Override
    public void stage(Stage stage) {
        listener.stage(stage, stages.indexOf(stage) + 1, stages.size());
    }

    @Override
    public void part(String name) {
        listener.part(name);
    }

    @Override
    public void step(int done, int total) {
        listener.step(done, total);
    }

    @Override
    public void tokens(int done, int total) {
        listener.tokens(done, total);
    }

    @Override
    public void note(String words) {
        listener.note(words);
    }

    @Override
    public void estimated(Estimates made) {
        estimates = Optional.of(made);
    }

    @Override
    public boolean wantsPreviews() {
        return listener.wantsPreviews();
    }

    @Override
    public void preview(int done, Tensor pictures) {
        int width = Math.toIntExact(pictures.size(2));
        int height = Math.toIntExact(pictures.size(1));
        double fps =
                pictures.size(0) * provenance.size().fps() / provenance.size().frames();
        listener.preview(done, new Video(width, height, fps, FrameTensors.toBytes(pictures)));
    }

    @Override
    public void tensor(String name, Tensor tensor) {
        if (collected.tensors()) {
            kept.put(name, copy(tensor));
        }
    }

    @Override
    public void frames(Tensor frames) {
        if (!Tensors.isFinite(frames)) {
            throw NotFiniteException.inCoding(
                    "frames " + handed + " to " + (handed + frames.size(0) - 1), "what the last stage made");
        }
        handed += frames.size(0);
        if (!begun) {
            begun = true;
            sink.begin(provenance);
        }
        if (collected.tensors()) {
            video.add(copy(frames));
        }
        FrameTensors.toBytes(frames).forEach(sink::frame);
    }

    @Override
    public void checkCancelled() {
        if (listener.cancelled()) {
            throw new CancellationException("the generation was cancelled");
        }
    }

    /** What there is to say of the finished run; its tensors are the caller's from now on. */
    Outcome outcome() {
        return new Outcome(provenance, promptTokens, cutText, tensors(), estimates);
    }

    /** What was kept, the video in one piece. */
    private Map<String, Tensor> tensors() {
        if (!video.isEmpty()) {
            Tensor whole = Scopes.keep(() -> Tensors.cat(0, video.toArray(Tensor[]::new))); // (T, H, W, 3)
            kept.put("video", Scopes.own(whole));
            video.forEach(Scopes::free);
            video.clear();
        }
        return kept;
    }

    /** Frees what was kept. */
    void free() {
        kept.values().forEach(Scopes::free);
        video.forEach(Scopes::free);
    }

    private static Tensor copy(Tensor tensor) {
        return Scopes.own(Scopes.keep(() -> tensor.detach().clone()));
    }
}
