package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import kinema.cogvideo.FrameMaker.Prompts;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The second stage: in each round a frame between any two neighbours. Three frames in a row and the two between them are a
 * window; several windows are made together, of each the first new frame in one step and the second in the next.
 *
 * <p>Axes: B videos, w windows of any of them that are made together, N tokens of a frame. For one run; close it.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
final class Interpolation implements Stepper, AutoCloseable {
    /**
     * What a run's interpolation depends on.
     *
     * @param stage the network
     * @param texts of one window, of a round from 0
     * @param videos B
     * @param startOfImage the token that starts an image
     * @param wraps as in {@link Decoder.Task}
     * @param batch how many windows are made together at most
     */
    record Task(Backbone stage, IntFunction<Prompts> texts, int videos, long startOfImage, boolean wraps, int batch) {}

    /**
     * What a step makes.
     *
     * @param round from 0
     * @param first window of those made together, counted video by video
     * @param windows made together
     * @param half 0 for their first new frame, 1 for the second
     * @param before frames made in earlier steps
     */
    private record Place(int round, int first, int windows, int half, int before) {
        boolean sameWindows(@Nullable Place other) {
            return other != null && round == other.round && first == other.first;
        }
    }

    private final Task task;
    private final Timeline timeline;
    private final Drawing drawing;
    private final TokenCount count;
    private final Function<Tensor, Tensor> pictures;
    private final List<Place> places;
    private @Nullable FrameMaker maker;
    private @Nullable Place at; // whose windows the maker has

    /**
     * The interpolation of a run.
     *
     * @param pictures makes pictures (n, H, W, 3) of tokens (n, N), for previews
     */
    Interpolation(Task task, Timeline timeline, Drawing drawing, TokenCount count, Function<Tensor, Tensor> pictures) {
        this.task = task;
        this.timeline = timeline;
        this.drawing = drawing;
        this.count = count;
        this.pictures = pictures;
        places = places(timeline, task.videos, task.batch);
    }

    private static List<Place> places(Timeline timeline, int videos, int batch) {
        List<Place> places = new ArrayList<>();
        int before = 0;
        for (int round = timeline.begun(); round < timeline.rounds(); round++) {
            int all = videos * timeline.windows(round);
            for (int first = 0; first < all; first += batch) {
                int windows = Math.min(batch, all - first);
                for (int half = 0; half < 2; half++) {
                    places.add(new Place(round, first, windows, half, before));
                    before += windows;
                }
            }
        }
        return places;
    }

    /** How many steps there are. */
    static int count(Timeline timeline, int videos, int batch) {
        return places(timeline, videos, batch).size();
    }

    @Override
    public int count() {
        return places.size();
    }

    @Override
    public Optional<String> part(int step) {
        return Optional.of("round " + (places.get(step).round - timeline.begun() + 1) + " of "
                + (timeline.rounds() - timeline.begun()));
    }

    @Override
    public Map<String, Tensor> step(RunState state, Rng rng) {
        Place place = places.get(state.done());
        Tensor tokens = state.changing(FrameTokens.SMALL); // (B, F, N)
        Tensor made = prepared(tokens, place).make((logits, slot) -> {
            tell(place, slot);
            return drawing.other(logits, rng);
        }); // (w, N)
        return Map.of(FrameTokens.SMALL, FrameTokens.with(tokens, column(place, made(place)), made)); // (B, F, N)
    }

    /** The maker with all that a step's frames see put in. */
    private FrameMaker prepared(Tensor tokens, Place place) {
        FrameMaker ready = maker;
        if (ready == null || !place.sameWindows(at)) {
            close();
            Prompts texts = task.texts.apply(place.round).times(place.windows);
            ready = new FrameMaker(
                    task.stage, new Decoder.Task(Stage.INTERPOLATION, task.startOfImage, task.wraps), texts);
            maker = ready;
            at = place;
            FrameMaker to = ready;
            Scopes.run(() -> to.give(torch.stack(
                    new TensorVector(frames(tokens, place, 0), frames(tokens, place, 2), frames(tokens, place, 4)),
                    1))); // (w, 3, N)
        }
        if (place.half == 1) {
            FrameMaker to = ready;
            Scopes.run(() -> to.append(frames(tokens, place, 1))); // (w, N)
        }
        return ready;
    }

    /** The frames at a time of the windows made together: (w, N). */
    private Tensor frames(Tensor tokens, Place place, int time) {
        return FrameTokens.at(tokens, column(place, time));
    }

    /** Where the frames at a time of the windows made together are among those of all videos. */
    private List<Integer> column(Place place, int time) {
        List<Integer> column = new ArrayList<>();
        int each = timeline.windows(place.round); // of a video
        for (int window = place.first; window < place.first + place.windows; window++) {
            int frame = timeline.window(place.round, window % each).get(time);
            column.add(window / each * timeline.frames() + frame);
        }
        return column;
    }

    /** The time in its window of the frame that a step makes. */
    private static int made(Place place) {
        return Stage.INTERPOLATION.time(Stage.INTERPOLATION.given() + place.half);
    }

    private void tell(Place place, int slot) {
        int frame = Math.toIntExact(task.stage.config().frameTokens());
        int total = task.videos * (timeline.frames() - timeline.known()) * frame;
        count.made(place.before * frame + (slot + 1) * place.windows, total);
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
            at = null;
        }
    }
}
