package kinema;

import java.util.List;
import kinema.system.Stage;

/** Writes down all that a listener is told. */
record Everything(List<String> events) implements GenerationListener {
    @Override
    public void prompt(int tokens, String cutText) {
        events.add("prompt " + tokens + " " + cutText);
    }

    @Override
    public void warning(String text) {
        events.add("warning " + text);
    }

    @Override
    public void stage(Stage stage, int number, int count) {
        events.add("stage " + stage + " " + number + " " + count);
    }

    @Override
    public void part(String name) {
        events.add("part " + name);
    }

    @Override
    public void step(int done, int total) {
        events.add("step " + done + " " + total);
    }

    @Override
    public void tokens(int done, int total) {
        events.add("tokens " + done + " " + total);
    }

    @Override
    public void note(String words) {
        events.add("note " + words);
    }

    @Override
    public boolean wantsPreviews() {
        return true;
    }

    @Override
    public void preview(int done, Video preview) {
        events.add("preview " + done + " " + preview.frames().size());
    }
}
