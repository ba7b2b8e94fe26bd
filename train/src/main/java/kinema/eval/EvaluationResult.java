package kinema.eval;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import kinema.Provenance;

/**
 * A finished evaluation.
 *
 * @param name whose videos they are
 * @param settings how the first prompt was generated, all others but for prompt and seed alike; empty for videos made elsewhere
 * @param judge how far the judge can be trusted
 * @param prompts one result per prompt, in their order
 */
public record EvaluationResult(
        String name, Optional<Provenance> settings, JudgeCheck judge, List<PromptResult> prompts) {
    /** Copies the list; there must be at least one result. */
    public EvaluationResult {
        prompts = List.copyOf(prompts);
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("an evaluation needs at least one prompt, found none");
        }
    }

    /** The totals. */
    public Tally total() {
        return tally(p -> true);
    }

    /** The totals of some of the prompts. */
    public Tally tally(Predicate<PromptResult> which) {
        return Tally.of(prompts.stream().filter(which).map(PromptResult::score).toList());
    }
}
