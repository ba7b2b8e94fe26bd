package kinema.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import kinema.ChatJudge;
import kinema.GenerationRequest;
import kinema.eval.Judge;
import kinema.text.KnownWords;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many drafts of a video are made and who chooses the best, as options; the video itself is then made in full. */
final class BestOfOptions {
    /** Holds the key of a service that needs one: on the command line others could read it. */
    static final String KEY = "KINEMA_JUDGE_KEY";

    @Option(
            names = "--best-of",
            paramLabel = "N",
            description = "Make N drafts first, of the seed and those that follow it, with --cache and --draft where"
                    + " the model has them, and then the video of the best one's seed in full. Models of the rendered world have a judge;"
                    + " others need --judge.")
    private @Nullable Integer count;

    @Option(
            names = "--judge",
            paramLabel = "URL",
            description = "Have a language model that sees pictures judge the drafts, through a service that speaks"
                    + " OpenAI's chat protocol. Its key, if it needs one, is read from " + KEY + ".")
    private @Nullable String url;

    @Option(names = "--judge-model", paramLabel = "NAME", description = "The language model to ask there.")
    private @Nullable String model;

    /** Whether drafts are to be made. */
    boolean isAsked() {
        return count != null;
    }

    /** How many drafts; empty for none. */
    OptionalInt number() {
        return count == null ? OptionalInt.empty() : OptionalInt.of(count);
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException when one is out of range, missing, or of no use
     */
    void check() {
        if (count != null && count < 2) {
            throw new IllegalArgumentException("--best-of must be at least 2, found " + count);
        }
        if ((url == null) != (model == null)) {
            throw new OptionException(
                    "{} and {} go together; give " + (url == null ? "{} URL" : "{} NAME") + " too",
                    "judge",
                    "judge-model",
                    url == null ? "judge" : "judge-model");
        }
        if (url != null && count == null) {
            throw new OptionException("{} chooses among drafts; say how many with {}", "judge", "best-of");
        }
        if (url != null) {
            var unused = service(url);
        }
    }

    /**
     * Makes sure that there is a judge.
     *
     * @param folder the model's
     * @throws IllegalArgumentException when none can judge this model's videos of this prompt
     */
    void requireJudge(Path folder, String prompt) {
        if (count == null || url != null) {
            return;
        }
        if (KnownWords.of(folder).isEmpty()) {
            throw new OptionException(
                    "{} needs a judge, and this model is none of the rendered world, whose judge comes with Kinema; give"
                            + " {} URL and {} NAME of a service with a model that sees pictures",
                    "best-of",
                    "judge",
                    "judge-model");
        }
        if (new World().meaning(prompt).isEmpty()) {
            throw new OptionException(
                    "{} has a judge of subjects, motions and scenes, and the prompt names none that it knows; 'kinema"
                            + " inspect' lists them, or give {} URL and {} NAME",
                    "best-of",
                    "judge",
                    "judge-model");
        }
    }

    /**
     * The seed of the best draft.
     *
     * @param request as for {@link Drafts#best}
     * @param cancelled whether the user does not want to wait any more
     * @throws CommandException when the judge says nothing
     */
    long best(Drafts drafts, GenerationRequest request, BooleanSupplier cancelled) {
        int number = Objects.requireNonNull(count);
        if (url != null) {
            return drafts.best(request, number, service(url).withCancellation(cancelled));
        }
        World world = new World();
        try (Judge judge = Judge.bundled(world)) {
            return drafts.best(request, number, (prompt, video) -> judge.agreement(world.meaning(prompt), video));
        }
    }

    private ChatJudge service(String address) {
        String key = System.getenv(KEY);
        return ChatJudge.at(address, Objects.requireNonNull(model), key == null || key.isBlank() ? null : key.strip());
    }
}
