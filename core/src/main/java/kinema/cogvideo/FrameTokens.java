package kinema.cogvideo;

import java.util.List;
import java.util.stream.IntStream;
import kinema.system.RunState;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The tokens of a run's frames in its state: (B, F, N) int64, B videos of F frames, {@link #UNKNOWN} where there are none yet. */
final class FrameTokens {
    /** The name of the tokens of small pictures. */
    static final String SMALL = "tokens";

    /** The name of the tokens of large pictures. */
    static final String LARGE = "large";

    private static final long UNKNOWN = -1;

    private FrameTokens() {}

    /** Frames of which nothing is known. */
    static Tensor unknown(long videos, long frames, long tokens) {
        return torch.full(new long[] {videos, frames, tokens}, new Scalar(UNKNOWN));
    }

    /** Some frames, each by its place among all of all videos, video by video: (n, N). */
    static Tensor at(Tensor tokens, List<Integer> places) {
        return Scopes.keep(() -> tokens.flatten(0, 1).index_select(0, index(places)));
    }

    /** The same tokens, (B, F, N), with frames of (n, N) in places as of {@link #at}; a new tensor. */
    static Tensor with(Tensor tokens, List<Integer> places, Tensor frames) {
        return Scopes.keep(
                () -> tokens.flatten(0, 1).index_copy(0, index(places), frames).view_as(tokens));
    }

    /** The places of one frame in all videos. */
    static List<Integer> ofAll(Tensor tokens, int frame) {
        int frames = Math.toIntExact(tokens.size(1));
        return IntStream.range(0, Math.toIntExact(tokens.size(0)))
                .mapToObj(video -> video * frames + frame)
                .toList();
    }

    /** The frames that are known, of the first video: (n, N). */
    static Tensor known(RunState state, String name) {
        return Scopes.keep(() -> {
            Tensor all = state.changing(name).select(0, 0); // (F, N)
            return all.index_select(
                    0, all.select(1, 0).ne(new Scalar(UNKNOWN)).nonzero().squeeze(1));
        });
    }

    private static Tensor index(List<Integer> places) {
        return Tensors.of(places.stream().mapToLong(Integer::longValue).toArray(), places.size());
    }
}
