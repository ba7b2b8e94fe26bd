package kinema.cli;

import java.util.Map;
import java.util.function.BooleanSupplier;
import kinema.ChatEnhancer;
import kinema.GenerationRequest;
import kinema.PromptEnhancerException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who rewrites a prompt before it is used, as options; nobody unless asked for. */
final class EnhanceOptions {
    /** Holds the key of a service that needs one: on the command line others could read it. */
    static final String KEY = "KINEMA_ENHANCE_KEY";

    @Option(
            names = "--enhance",
            paramLabel = "URL",
            description = "Have a language model expand the prompt, through a service that speaks OpenAI's chat"
                    + " protocol, such as http://localhost:8080/v1. Its key, if it needs one, is read from "
                    + KEY + ".")
    private @Nullable String url;

    @Option(names = "--enhance-model", paramLabel = "NAME", description = "The language model to ask there.")
    private @Nullable String model;

    /**
     * Has the prompt rewritten where that is asked for.
     *
     * @param cancelled whether the user does not want to wait any more
     * @throws IllegalArgumentException when one of the two options is missing, or the address is none
     * @throws CommandException when there is no answer that could be a prompt
     */
    void apply(GenerationRequest.Builder request, Map<String, String> environment, BooleanSupplier cancelled) {
        if (url == null && model == null) {
            return;
        }
        if (url == null || model == null) {
            throw new OptionException(
                    "{} and {} go together; give " + (url == null ? "{} URL" : "{} NAME") + " too",
                    "enhance",
                    "enhance-model",
                    url == null ? "enhance" : "enhance-model");
        }
        String key = environment.get(KEY);
        ChatEnhancer enhancer = ChatEnhancer.at(url, model, key == null || key.isBlank() ? null : key.strip())
                .withCancellation(cancelled);
        try {
            request.enhance(enhancer);
        } catch (PromptEnhancerException e) {
            throw new CommandException(
                    ExitCode.BAD_INPUT,
                    "the prompt could not be enhanced: " + e.getMessage()
                            + "; as it is, it can be used without an enhancer",
                    e);
        }
    }
}
