package kinema.cli;

import java.util.function.Consumer;
import kinema.GenerationListener;
import kinema.Video;
import kinema.system.Stage;

/** Shows a generation's progress and passes on the user's wish to stop. */
final class ProgressListener implements GenerationListener {
    /** Characters of a prompt's end that are shown. */
    private static final int CUT_TEXT = 80;

    private final ProgressDisplay progress;
    private final Cancellation cancellation;
    private final Consumer<String> warnings;
    private final PreviewOption preview;

    /**
     * A listener.
     *
     * @param warnings is given a line for the user
     * @param preview where what the video will look like is shown
     */
    ProgressListener(
            ProgressDisplay progress, Cancellation cancellation, Consumer<String> warnings, PreviewOption preview) {
        this.progress = progress;
        this.cancellation = cancellation;
        this.warnings = warnings;
        this.preview = preview;
    }

    @Override
    public void prompt(int tokens, String cutText) {
        if (!cutText.isEmpty()) {
            warnings.accept("the prompt is too long: the model sees its first " + tokens + " tokens, not \""
                    + TerminalText.cut(cutText, CUT_TEXT) + "\"");
        }
    }

    @Override
    public void warning(String text) {
        warnings.accept(text);
    }

    @Override
    public void unsaved(String why) {
        warnings.accept(why + "; the run goes on without; --spill DIR saves it elsewhere, --spill off nowhere");
    }

    @Override
    public void stage(Stage stage, int number, int count) {
        progress.stage(stage.name());
    }

    @Override
    public void step(int done, int total) {
        progress.step(done, total);
    }

    @Override
    public void tokens(int done, int total) {
        progress.tokens(done, total);
    }

    @Override
    public boolean wantsPreviews() {
        return preview.isWanted();
    }

    @Override
    public void preview(int done, Video pictures) {
        preview.show(pictures, warnings);
        preview.show(pictures, progress);
    }

    @Override
    public void note(String words) {
        warnings.accept(words);
    }

    @Override
    public boolean cancelled() {
        return cancellation.requested();
    }
}
