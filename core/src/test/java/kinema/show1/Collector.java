package kinema.show1;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.system.Collected;
import kinema.system.RunObserver;
import kinema.system.Stage;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Notes what a run tells of itself, and keeps copies of its tensors; may cancel it after some steps. */
final class Collector implements RunObserver, AutoCloseable {
    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    final List<String> events = new ArrayList<>();
    final boolean previews;
    int previewed;
    private final List<Tensor> video = new ArrayList<>();
    private int left;

    private Collector(boolean previews, int left) {
        this.previews = previews;
        this.left = left;
    }

    static Collector ofAll() {
        return new Collector(false, Integer.MAX_VALUE);
    }

    static Collector withPreviews() {
        return new Collector(true, Integer.MAX_VALUE);
    }

    /** Cancels the run after so many steps. */
    static Collector until(int steps) {
        return new Collector(false, steps);
    }

    /** All frames, (T, H, W, 3). */
    Tensor video() {
        return Tensors.cat(0, video.toArray(Tensor[]::new));
    }

    @Override
    public Collected collected() {
        return Collected.NOTHING;
    }

    @Override
    public void prompt(int tokens, String cutText) {
        events.add("prompt " + tokens + " '" + cutText + "'");
    }

    @Override
    public void warning(String text) {
        events.add(text);
    }

    @Override
    public void tokens(int done, int total) {
        events.add("tokens " + done + " of " + total);
    }

    @Override
    public void note(String text) {
        events.add(text);
    }

    @Override
    public void stage(Stage stage) {
        events.add(stage.name());
    }

    @Override
    public void part(String name) {
        events.add(name);
    }

    @Override
    public void step(int done, int total) {
        left--;
    }

    @Override
    public boolean wantsPreviews() {
        return previews;
    }

    @Override
    public void preview(int done, Tensor pictures) {
        previewed++;
    }

    @Override
    public void tensor(String name, Tensor tensor) {
        tensors.put(name, copy(tensor));
    }

    @Override
    public void frames(Tensor frames) {
        video.add(copy(frames));
    }

    @Override
    public void checkCancelled() {
        if (left <= 0) {
            throw new CancellationException("cancelled by the test");
        }
    }

    @Override
    public void close() {
        tensors.values().forEach(Scopes::free);
        video.forEach(Scopes::free);
    }

    private static Tensor copy(Tensor tensor) {
        return Scopes.own(Scopes.keep(() -> tensor.detach().clone()));
    }
}
