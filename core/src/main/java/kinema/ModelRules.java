package kinema;

import java.util.OptionalInt;
import kinema.diffusion.ConditionType;
import kinema.diffusion.Guidance;
import kinema.diffusion.Held;
import kinema.diffusion.PipelineRules;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.Workload;

/** What a checkpoint can do, so that a request can be refused before anything is loaded. Immutable; see {@link Kinema#rules}. */
public final class ModelRules {
    private final PipelineRules rules;

    ModelRules(PipelineRules rules) {
        this.rules = rules;
    }

    /** What the model does when a request leaves a setting open. */
    public SamplingDefaults defaults() {
        return rules.defaults();
    }

    /**
     * Refuses what the model cannot do, however much memory there is and whatever unfinished work it could go on from.
     *
     * @throws kinema.diffusion.ConditionException when it takes other pictures than the request's
     * @throws IllegalArgumentException when frames or sizes are not possible, with the nearest that are
     */
    public void check(GenerationRequest r) {
        SamplingDefaults defaults = rules.defaults();
        rules.check(new Workload(
                r.width().orElse(defaults.width()),
                r.height().orElse(defaults.height()),
                frames(r, defaults),
                r.compat(),
                Guidance.active(r.guidance().orElse(defaults.guidance())),
                r.condition().map(PictureCondition::type),
                r.tile(),
                Held.NOTHING));
    }

    /** As many frames as asked for; else as the video has that is changed or followed; else the model's own. */
    static int frames(GenerationRequest r, SamplingDefaults defaults) {
        OptionalInt given = r.condition()
                .filter(c -> c.type() != ConditionType.IMAGE)
                .map(c -> OptionalInt.of(c.pictures().frames().size()))
                .orElse(OptionalInt.empty());
        int frames = r.frames().orElse(given.orElse(defaults.frames()));
        if (given.isPresent() && given.getAsInt() < frames) {
            throw new IllegalArgumentException(frames + " frames are asked for, and the given video has only "
                    + given.getAsInt() + "; ask for fewer, or give a longer one");
        }
        return frames;
    }
}
