package kinema.eval;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import kinema.GenerationRequest;

/**
 * What to evaluate. An empty setting stands for the model's own default.
 *
 * @param prompts how many of the world's prompts, from the first
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance
 */
public record EvaluationRequest(int prompts, OptionalInt steps, OptionalDouble guidance) {
    /** The first prompts with the model's own settings. */
    public static EvaluationRequest of(int prompts) {
        return new EvaluationRequest(prompts, OptionalInt.empty(), OptionalDouble.empty());
    }

    /** The generation of one prompt. */
    GenerationRequest generation(String prompt, long seed) {
        GenerationRequest.Builder request = GenerationRequest.of(prompt).seed(seed);
        steps.ifPresent(request::steps);
        guidance.ifPresent(request::guidance);
        return request.build();
    }
}
