package kinema.system;

import java.util.List;
import java.util.Optional;

/** What a checkpoint can do, as its configs alone tell; nothing is loaded. Immutable. */
public interface PipelineRules {
    /** What size a video has where a request leaves it open. */
    VideoSize size();

    /** The language, in English, that prompts have to be in; empty where that is English. */
    default Optional<String> language() {
        return Optional.empty();
    }

    /** The settings a request may have, with this checkpoint's own values for those it leaves open. */
    Schema settings();

    /** The stages a run goes through, in order. */
    List<Stage> stages(Sampling sampling);

    /** What the model can do, and was not made for, a line each, such as another size. */
    default List<String> cautions(Sampling sampling) {
        return List.of();
    }

    /**
     * How many frames are made of a given video where a request leaves that open: as many.
     *
     * @param given frames of the video
     */
    default int frames(int given, Settings settings) {
        return given;
    }

    /** What a request's pictures are brought to: the video's size. */
    default PictureSize pictures(Sampling sampling) {
        return PictureSize.of(sampling);
    }

    /**
     * Refuses what the model cannot do, however much memory there is.
     *
     * @throws ConditionException when it takes other pictures than the request's
     * @throws IllegalArgumentException when frames, sizes or settings are not possible together, with the nearest that are
     */
    void check(Sampling sampling);
}
