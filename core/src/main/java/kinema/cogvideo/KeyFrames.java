package kinema.cogvideo;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kinema.cogvideo.FrameMaker.Prompts;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The first stage: five key frames, a step for each. The first is the text-to-image model's, and each further one sees all
 * before it.
 *
 * <p>What the cache holds of a finished frame depends on its tokens alone, so a run that goes on has the same numbers. Axes: B
 * videos, N tokens of a frame. For one run; close it.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
final class KeyFrames implements Stepper, AutoCloseable {
    /**
     * What a run's key frames depend on.
     *
     * @param textToImage makes the first frame
     * @param stage makes the others
     * @param first texts of the first frame
     * @param others texts of the others
     * @param startOfImage the token that starts an image
     * @param given whether the first frame is there already
     */
    record Task(
            Backbone textToImage, Backbone stage, Prompts first, Prompts others, long startOfImage, boolean given) {}

    private final Task task;
    private final Timeline timeline;
    private final Drawing drawing;
    private final TokenCount count;
    private final Function<Tensor, Tensor> pictures;
    private @Nullable FrameMaker maker; // of the frames after the first
    private int inside; // frames that the maker has put in

    /**
     * Key frames of a run.
     *
     * @param pictures makes pictures (n, H, W, 3) of tokens (n, N), for previews
     */
    KeyFrames(Task task, Timeline timeline, Drawing drawing, TokenCount count, Function<Tensor, Tensor> pictures) {
        this.task = task;
        this.timeline = timeline;
        this.drawing = drawing;
        this.count = count;
        this.pictures = pictures;
    }

    @Override
    public int count() {
        return count(task.given);
    }

    /** How many steps there are where the first frame is given or not. */
    static int count(boolean given) {
        return BackboneConfig.FRAMES - (given ? 1 : 0);
    }

    @Override
    public Optional<String> part(int step) {
        return Optional.of("frame " + (number(step) + 1) + " of " + BackboneConfig.FRAMES);
    }

    @Override
    public Map<String, Tensor> step(RunState state, Rng rng) {
        Tensor tokens = state.changing(FrameTokens.SMALL); // (B, F, N)
        int frame = number(state.done());
        int before = state.done();
        Tensor made = frame == 0 ? first(rng) : next(tokens, frame, before, rng); // (B, N)
        return Map.of(
                FrameTokens.SMALL,
                FrameTokens.with(tokens, FrameTokens.ofAll(tokens, timeline.keyFrame(frame)), made)); // (B, F, N)
    }

    private int number(int step) {
        return step + (task.given ? 1 : 0);
    }

    private Tensor first(Rng rng) {
        try (FrameMaker alone = new FrameMaker(task.textToImage, decoding(), task.first)) {
            return alone.make((logits, slot) -> {
                tell(0, slot);
                return drawing.first(logits, slot == frameTokens() - 1, rng);
            });
        }
    }

    private Tensor next(Tensor tokens, int frame, int before, Rng rng) {
        return prepared(tokens, frame).make((logits, slot) -> {
            tell(before, slot);
            return drawing.other(logits, rng);
        });
    }

    /** The maker with all frames before this one put in. */
    private FrameMaker prepared(Tensor tokens, int frame) {
        FrameMaker ready = maker;
        if (ready == null) {
            ready = new FrameMaker(task.stage, decoding(), task.others);
            maker = ready;
            inside = 0;
        }
        for (; inside < frame; inside++) {
            FrameMaker to = ready;
            Scopes.run(() -> {
                int place = timeline.keyFrame(inside);
                Tensor known = FrameTokens.at(tokens, FrameTokens.ofAll(tokens, place)); // (B, N)
                if (inside == 0) {
                    to.give(known.unsqueeze(1));
                } else {
                    to.append(known);
                }
            });
        }
        return ready;
    }

    private Decoder.Task decoding() {
        return new Decoder.Task(Stage.KEYFRAMES, task.startOfImage, false);
    }

    private int frameTokens() {
        return Math.toIntExact(task.stage.config().frameTokens());
    }

    private void tell(int before, int slot) {
        count.made(before * frameTokens() + slot + 1, count() * frameTokens());
    }

    @Override
    public Optional<Tensor> preview(RunState state) {
        return Optional.of(pictures.apply(FrameTokens.known(state, FrameTokens.SMALL)));
    }

    @Override
    public void close() {
        if (maker != null) {
            maker.close();
            maker = null;
        }
    }
}
