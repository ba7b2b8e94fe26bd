package kinema.cogvideox.draft;

import java.util.List;
import java.util.stream.LongStream;
import kinema.nn.Conv2d;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A level of the decoder: three blocks, then twice the rows and columns, perhaps twice the frames, and another width.
 *
 * <p>Layers are numbered through the whole decoder, activations and enlargements counted: three blocks from {@code first} on, an
 * enlargement without weights, the growth in time, a convolution.
 *
 * <p>Axes: N frames, of all videos one after the other, C channels, H W rows, columns. Immutable.
 */
final class DraftLevel {
    private static final int BLOCKS = 3;
    private static final int KERNEL = 3;

    /** At the start of training the new frames are those they grow from, (times·C, C, 1, 1). */
    private static final Init COPIES = (t, rng) -> Scopes.run(() -> {
        long channels = t.size(1);
        t.copy_(torch.eye(channels).repeat(t.size(0) / channels, 1).view(t.shape()));
    });

    /** Where a level stands in the decoder, and its sizes. */
    record Place(int first, long in, long out, long times) {}

    private final List<MemoryBlock> blocks;
    private final Conv2d grow;
    private final Conv2d last;
    private final long times;

    /**
     * A level.
     *
     * @param w the decoder's node
     * @param place of the level; {@code times} as many frames leave it as enter
     */
    DraftLevel(Weights w, Place place) {
        blocks = LongStream.range(place.first(), place.first() + BLOCKS)
                .mapToObj(i -> new MemoryBlock(w.at(i), place.in()))
                .toList();
        int after = place.first() + BLOCKS;
        grow = Conv2d.withoutBias(w.at(after + 1).at("conv"), place.in(), place.times() * place.in(), 1, COPIES);
        last = Conv2d.withoutBias(
                w.at(after + 2), place.in(), place.out(), KERNEL, Init.steady(place.in() * KERNEL * KERNEL));
        times = place.times();
    }

    /**
     * Applies the level to the next frames.
     *
     * @param frames (N, C, H, W); closed as soon as it is used
     * @return ({@code times}·N, C', 2·H, 2·W)
     */
    Tensor forward(Tensor frames, DraftRun run) {
        return Scopes.keep(() -> {
            Tensor x = frames; // (N, C, H, W)
            for (MemoryBlock block : blocks) {
                Tensor made = block.forward(x, run); // (N, C, H, W)
                x.close();
                x = made;
            }
            Tensor grown = grown(x); // (times·N, C, H, W)
            x.close();
            long[] size = {2 * grown.size(2), 2 * grown.size(3)};
            Tensor large = torch.upsample_nearest2d(grown, size, new DoubleOptional(), new DoubleOptional());
            grown.close();
            return last.forward(large); // (times·N, C', 2·H, 2·W)
        });
    }

    /** The growth in time sees single points, so before they are doubled it is the same, and a quarter of the work. */
    private Tensor grown(Tensor x) {
        return Scopes.keep(() -> grow.forward(x) // (N, times·C, H, W)
                .unflatten(1, times, x.size(1)) // (N, times, C, H, W)
                .permute(0, 1, 3, 4, 2) // (N, times, H, W, C)
                .reshape(times * x.size(0), x.size(2), x.size(3), x.size(1))
                .permute(0, 3, 1, 2)); // (times·N, C, H, W)
    }
}
