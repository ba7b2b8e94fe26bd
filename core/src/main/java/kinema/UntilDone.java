package kinema;

import java.util.concurrent.Future;
import kinema.system.Stage;

/**
 * Ends a generation whose result nobody waits for any more.
 *
 * @param future of the result
 * @param listener who is told of everything besides
 */
record UntilDone(Future<?> future, GenerationListener listener) implements GenerationListener {
    @Override
    public boolean cancelled() {
        return future.isDone() || listener.cancelled();
    }

    @Override
    public void prompt(int tokens, String cutText) {
        listener.prompt(tokens, cutText);
    }

    @Override
    public void warning(String text) {
        listener.warning(text);
    }

    @Override
    public void stage(Stage stage, int number, int count) {
        listener.stage(stage, number, count);
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
    public void unsaved(String why) {
        listener.unsaved(why);
    }

    @Override
    public boolean wantsPreviews() {
        return listener.wantsPreviews();
    }

    @Override
    public void preview(int done, Video preview) {
        listener.preview(done, preview);
    }
}
