package kinema;

/**
 * Rewrites a prompt before it is used. Models are trained on captions of up to a hundred words and more, so a short prompt is
 * better told at length.
 *
 * <p>Given to {@link GenerationRequest.Builder#enhance}; {@link ChatEnhancer} asks a language model.
 */
@FunctionalInterface
public interface PromptEnhancer {
    /**
     * The prompt in other words.
     *
     * @throws PromptEnhancerException when there is no answer that could be a prompt
     */
    String enhance(String prompt);
}
