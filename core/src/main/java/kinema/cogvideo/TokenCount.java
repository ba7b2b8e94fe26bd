package kinema.cogvideo;

import kinema.system.RunObserver;

/** Tells a run's observer of every token of a stage, and ends the run when that wants it. */
@FunctionalInterface
interface TokenCount {
    /** Of {@code total} tokens of the stage {@code done} are made. */
    void made(int done, int total);

    /** Told to an observer. */
    static TokenCount to(RunObserver observer) {
        return (done, total) -> {
            observer.tokens(done, total);
            if (done < total) {
                observer.checkCancelled();
            }
        };
    }
}
