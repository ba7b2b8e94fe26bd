package kinema.cogvideo;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kinema.cogvideo.upscale.DirectUpscaling;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * Super-resolution of a video's frames, each by itself and in a step of its own.
 *
 * <p>Axes: F frames, N tokens of a small picture, M of a large one. For one run.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
final class Upscaling implements Stepper {
    private final DirectUpscaling upscaling;
    private final long[] text;
    private final long startOfImage;
    private final int frames;
    private final Function<Tensor, Tensor> pictures;

    /**
     * Super-resolution of a run's frames.
     *
     * @param text ids of the prompt
     * @param startOfImage the token that starts an image
     * @param pictures makes pictures (n, H, W, 3) of tokens (n, M), for previews
     */
    Upscaling(
            DirectUpscaling upscaling, long[] text, long startOfImage, int frames, Function<Tensor, Tensor> pictures) {
        this.upscaling = upscaling;
        this.text = text;
        this.startOfImage = startOfImage;
        this.frames = frames;
        this.pictures = pictures;
    }

    @Override
    public int count() {
        return frames;
    }

    @Override
    public Map<String, Tensor> step(RunState state, Rng rng) {
        return Scopes.keepAll(
                () -> {
                    Tensor small = state.fixed(FrameTokens.SMALL).select(0, 0).select(0, state.done()); // (N)
                    Tensor large =
                            upscaling.make(text, small, startOfImage, rng).unsqueeze(0); // (1, M)
                    Tensor all = FrameTokens.with(state.changing(FrameTokens.LARGE), List.of(state.done()), large);
                    return Map.of(FrameTokens.LARGE, all); // (1, F, M)
                },
                map -> List.copyOf(map.values()));
    }

    @Override
    public Optional<Tensor> preview(RunState state) {
        return Optional.of(pictures.apply(FrameTokens.known(state, FrameTokens.LARGE)));
    }
}
