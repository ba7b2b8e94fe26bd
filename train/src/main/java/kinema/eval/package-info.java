/**
 * Measures a model on the rendered world: fixed held-out prompts, generated and judged.
 *
 * <p>{@link kinema.eval.Judge} says what a video shows: subject by a small network, motion and scene by rules.
 * {@link kinema.eval.Evaluation} runs the prompts.
 */
@NullMarked
package kinema.eval;

import org.jspecify.annotations.NullMarked;
