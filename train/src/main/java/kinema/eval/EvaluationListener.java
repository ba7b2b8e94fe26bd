package kinema.eval;

import kinema.GenerationListener;

/** Watches an evaluation and may end it. Called on the evaluating thread. */
public interface EvaluationListener {
    /** Watches nothing. */
    EvaluationListener NONE = (done, total, result) -> {};

    /** A prompt was generated and judged: {@code done} of {@code total}. */
    void judged(int done, int total, PromptResult result);

    /** Watches the generation of each prompt; its {@code cancelled} ends the evaluation. */
    default GenerationListener generation() {
        return GenerationListener.NONE;
    }
}
