package kinema.cli;

import java.util.Locale;
import kinema.GenerationListener;
import kinema.diffusion.Phase;

/** Shows a generation's progress and passes on the user's wish to stop. */
final class ProgressListener implements GenerationListener {
    private final ProgressDisplay progress;
    private final Cancellation cancellation;

    ProgressListener(ProgressDisplay progress, Cancellation cancellation) {
        this.progress = progress;
        this.cancellation = cancellation;
    }

    @Override
    public void phase(Phase phase) {
        progress.phase(phase.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void step(int done, int total) {
        progress.step(done, total);
    }

    @Override
    public boolean cancelled() {
        return cancellation.requested();
    }
}
