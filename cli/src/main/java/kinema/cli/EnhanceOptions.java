package kinema.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kinema.ChatEnhancer;
import kinema.GenerationRequest;
import kinema.PromptEnhancerException;
import kinema.UnfinishedRun;
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

    /** Who rewrites the prompt and to what end; null for nobody. */
    @Nullable
    String rewriter() {
        return model == null ? null : (translate ? "translated by " : "enhanced by ") + model;
    }

    /**
     * What the prompt became in an unfinished run that began with the same one and the same rewriter. Asked again it would
     * answer in other words, and the run could not be gone on with.
     *
     * @param request with the prompt as it is written
     * @param unfinished folders where such a run may be
     * @throws kinema.SpillException when the work in one is damaged
     */
    Optional<String> begun(GenerationRequest request, Stream<Path> unfinished) {
        String rewriter = rewriter();
        if (rewriter == null) {
            return Optional.empty();
        }
        return unfinished
                .filter(UnfinishedRun::isAt)
                .map(UnfinishedRun::read)
                .filter(run -> rewriter.equals(RunNotes.of(run).rewriter())
                        && run.provenance().original().equals(Optional.of(request.prompt())))
                .map(run -> run.provenance().sampling().prompt())
                .findFirst();
    }

    /**
     * Has the prompt rewritten where that is asked for.
     *
     * @param begun what it became in the unfinished run that is gone on with, see {@link #begun}
     * @param language that the video model reads; empty for English
     * @param cancelled whether the user does not want to wait any more
     * @throws IllegalArgumentException when an option is missing or of no use, or the address is none
     * @throws CommandException when there is no answer that could be a prompt
     */
    void apply(
            GenerationRequest.Builder request,
            Optional<String> begun,
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
        if (begun.isPresent()) {
            request.enhance(written -> begun.get());
            return;
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
