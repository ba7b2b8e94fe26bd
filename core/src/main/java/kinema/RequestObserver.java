package kinema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.diffusion.Held;
import kinema.diffusion.Phase;
import kinema.diffusion.SamplingObserver;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Hands a pipeline's events to the caller's listener and its frames to the caller's sink; keeps its tensors if asked to. */
final class RequestObserver implements SamplingObserver {
    private final GenerationListener listener;
    private final FrameSink sink;
    private final Provenance provenance;
    private final Held held;
    private final Map<String, Tensor> kept = new LinkedHashMap<>();
    private final List<Tensor> video = new ArrayList<>();
    private boolean begun;

    RequestObserver(GenerationListener listener, FrameSink sink, Provenance provenance, Held held) {
        this.listener = listener;
        this.sink = sink;
        this.provenance = provenance;
        this.held = held;
    }

    @Override
    public Held held() {
        return held;
    }

    @Override
    public void phase(Phase phase) {
        listener.phase(phase);
    }

    @Override
    public void prompt(int tokens, String cutText) {
        listener.prompt(tokens, cutText);
    }

    @Override
    public void step(int done, int total) {
        listener.step(done, total);
    }

    @Override
    public boolean wantsPreviews() {
        return listener.wantsPreviews();
    }

    @Override
    public void preview(int done, Tensor pictures) {
        int width = Math.toIntExact(pictures.size(2));
        int height = Math.toIntExact(pictures.size(1));
        double fps = pictures.size(0) * provenance.fps() / provenance.frames();
        listener.preview(done, new Video(width, height, fps, FrameTensors.toBytes(pictures)));
    }

    @Override
    public void tensor(String name, Tensor tensor) {
        if (held.states() > 0) {
            kept.put(name, copy(tensor));
        }
    }

    @Override
    public void frames(Tensor frames) {
        if (!begun) {
            begun = true;
            sink.begin(provenance);
        }
        if (held.states() > 0) {
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

    /** What was kept, the video in one piece; the caller's from now on. */
    Map<String, Tensor> tensors() {
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
