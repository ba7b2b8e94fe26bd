package kinema;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Settings;
import kinema.system.VideoSize;

/** What a checkpoint can do, so that a request can be refused before anything is loaded. Immutable; see {@link Kinema#rules}. */
public final class ModelRules {
    private final PipelineRules rules;

    ModelRules(PipelineRules rules) {
        this.rules = rules;
    }

    /** What size a video has where a request leaves it open. */
    public VideoSize size() {
        return rules.size();
    }

    /** The language, in English, that prompts have to be in; empty where that is English. */
    public Optional<String> language() {
        return rules.language();
    }

    /** The settings a request may have, with the model's own values for those it leaves open. */
    public Schema settings() {
        return rules.settings();
    }

    /**
     * Refuses what the model cannot do, however much memory there is and whatever unfinished work it could go on from.
     *
     * @throws kinema.system.ConditionException when it takes other pictures than the request's
     * @throws IllegalArgumentException when frames, sizes or settings are not possible, with the nearest that are
     */
    public void check(GenerationRequest r) {
        Sampling sampling = sampling(r, rules);
        rules.check(sampling);
        checkGiven(r, sampling, rules);
    }

    /**
     * What the model can do, and was not made for, a line each: the video may fall apart.
     *
     * @throws IllegalArgumentException as {@link #check}
     */
    public List<String> cautions(GenerationRequest r) {
        return rules.cautions(sampling(r, rules));
    }

    /** How many pictures a video was made from, the first ones of those that were given. */
    public int pictures(Provenance made) {
        return rules.pictures(made.sampling()).count();
    }

    /** A request with nothing left open but, perhaps, the pieces pictures are coded in. */
    static Sampling sampling(GenerationRequest r, PipelineRules rules) {
        VideoSize own = rules.size();
        Settings settings = rules.settings().complete(r.settings());
        OptionalInt given = given(r);
        int open = given.isPresent() ? rules.frames(given.getAsInt(), settings) : own.frames();
        VideoSize size = new VideoSize(
                r.width().orElse(own.width()),
                r.height().orElse(own.height()),
                r.frames().orElse(open),
                r.fps().orElse(own.fps()));
        return new Sampling(
                r.prompt(),
                r.seed(),
                size,
                settings,
                r.condition().map(c -> new Condition(c.type(), c.strength())),
                r.tile());
    }

    /** How many pictures are given to be changed, followed, or gone on from. */
    private static OptionalInt given(GenerationRequest r) {
        return r.condition()
                .filter(c -> c.type() != ConditionType.IMAGE)
                .map(c -> OptionalInt.of(c.pictures().frames().size()))
                .orElse(OptionalInt.empty());
    }

    private static String name(GenerationRequest r) {
        return r.condition()
                .map(PictureCondition::name)
                .filter(name -> !name.isEmpty())
                .orElse("the given video");
    }

    /**
     * Refuses a video with fewer frames than a request needs of it.
     *
     * @throws IllegalArgumentException with both numbers
     */
    static void checkGiven(GenerationRequest r, Sampling s, PipelineRules rules) {
        OptionalInt given = given(r);
        if (given.isEmpty()) {
            return;
        }
        int needed = rules.pictures(s).count();
        if (given.getAsInt() < needed) {
            throw new IllegalArgumentException(s.size().frames() + " frames are asked for, "
                    + (needed == s.size().frames() ? "" : "which are made of " + needed + ", ")
                    + "and " + name(r) + " has only " + given.getAsInt() + "; ask for fewer, or give a longer one");
        }
    }
}
