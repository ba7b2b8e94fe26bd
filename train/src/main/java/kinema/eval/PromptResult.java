package kinema.eval;

import kinema.Video;
import kinema.train.world.Prompt;

/**
 * One prompt's video and what the judge says of it.
 *
 * @param prompt what was asked for
 * @param seed of the generation
 * @param verdict what is seen
 * @param sample some frames of the video, evenly spaced, the first and the last among them
 */
public record PromptResult(Prompt prompt, long seed, Verdict verdict, Video sample) {
    /** Which parts of the prompt are right. */
    public Score score() {
        return verdict.score(prompt.scenario());
    }
}
