package kinema.cli;

import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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

    @Option(
            names = "--translate",
            description =
                    "Have that language model translate the prompt into the language that the video model reads, and"
                            + " not expand it.")
    private boolean translate;

    /**
     * Has the prompt rewritten where that is asked for.
     *
     * @param language that the video model reads; empty for English
     * @param cancelled whether the user does not want to wait any more
     * @throws IllegalArgumentException when an option is missing or of no use, or the address is none
     * @throws CommandException when there is no answer that could be a prompt
     */
    void apply(
            GenerationRequest.Builder request,
            Supplier<Optional<String>> language,
            Map<String, String> environment,
            BooleanSupplier cancelled) {
        if (url == null && model == null && !translate) {
            return;
        }
        if (translate && url == null && model == null) {
            throw new OptionException(
                    "{} needs a service that translates; give {} URL and {} NAME",
                    "translate",
                    "enhance",
                    "enhance-model");
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
        if (translate) {
            enhancer = enhancer.translatingTo(language.get()
                    .orElseThrow(() -> new OptionException("this model reads English; leave {} out", "translate")));
        }
        try {
            request.enhance(enhancer);
        } catch (PromptEnhancerException e) {
            throw new CommandException(
                    ExitCode.BAD_INPUT,
                    "the prompt could not be " + (translate ? "translated: " : "enhanced: ") + e.getMessage()
                            + "; as it is, it can be used without an enhancer",
                    e);
        }
    }
}
