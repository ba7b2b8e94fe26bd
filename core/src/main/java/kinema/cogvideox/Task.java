package kinema.cogvideox;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.weights.ModelIndex;

/** What a checkpoint was trained to do, as its {@code model_index.json} names it. */
enum Task {
    /** From text alone; the same network changes a video when it starts from that one with noise added. */
    TEXT("text to video", 1, "a prompt alone, or a video to change", Optional.empty()),
    /** An image's latents stand beside the noise. */
    IMAGE("image to video", 2, "an image", Optional.of(ConditionType.IMAGE)),
    /** A control video's latents stand beside the noise. */
    CONTROL("control video to video", 2, "a control video", Optional.of(ConditionType.CONTROL));

    private static final Map<String, Task> BY_PIPELINE = Map.of(
            "CogVideoXPipeline", TEXT,
            "CogVideoXVideoToVideoPipeline", TEXT,
            "CogVideoXImageToVideoPipeline", IMAGE,
            "CogVideoXFunControlPipeline", CONTROL);

    private final String words;
    private final int inputs;
    private final String takes;
    private final Optional<ConditionType> needs;

    Task(String words, int inputs, String takes, Optional<ConditionType> needs) {
        this.words = words;
        this.inputs = inputs;
        this.takes = takes;
        this.needs = needs;
    }

    /**
     * The task of a model.
     *
     * @throws kinema.weights.WeightsException when its pipeline is none of CogVideoX's
     */
    static Task of(ModelIndex index) {
        Task task = BY_PIPELINE.get(index.pipeline());
        if (task == null) {
            throw index.unknownPipeline("CogVideoX");
        }
        return task;
    }

    /** The classes of pipelines that models are published for. */
    static List<String> pipelines() {
        return BY_PIPELINE.keySet().stream().sorted().toList();
    }

    /** The task in words. */
    String words() {
        return words;
    }

    /** How many sets of latent channels the transformer is given. */
    int inputs() {
        return inputs;
    }

    /**
     * Checks that a request's pictures are those the model was trained with.
     *
     * @throws ConditionException saying what it takes, what it was given and what to do
     */
    void check(Optional<ConditionType> found) {
        boolean fits = switch (this) {
            case TEXT -> found.isEmpty() || found.get() == ConditionType.VIDEO;
            case IMAGE, CONTROL -> found.equals(needs);
        };
        if (!fits) {
            throw new ConditionException(
                    "this model is for " + words + " and takes " + takes + ", found "
                            + found.map(Task::name).orElse("none") + "; " + advice(found),
                    needs.orElse(null));
        }
    }

    private String advice(Optional<ConditionType> found) {
        Task fitting = found.equals(IMAGE.needs) ? IMAGE : CONTROL;
        return needs.map(type -> "give " + name(type)).orElse("leave it out, or take a model for " + fitting.words);
    }

    private static String name(ConditionType type) {
        return switch (type) {
            case IMAGE -> "an image";
            case VIDEO -> "a video to change";
            case CONTROL -> "a control video";
        };
    }
}
