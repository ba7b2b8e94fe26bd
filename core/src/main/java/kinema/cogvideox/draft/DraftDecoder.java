package kinema.cogvideox.draft;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kinema.nn.Conv2d;
import kinema.system.NotFiniteException;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Latents to pictures by few convolutions: of the architecture of TAEHV in the form of its weights for CogVideoX, {@code taecvx}.
 * Every latent frame becomes four frames, with no look ahead; a frame knows of those before it by what blocks remember of the one
 * before. As the VAE gives 4(F - 1) + 1 frames for an odd F, the first three are then left out.
 *
 * <p>Axes: B videos, Z latent channels, F h w latent frames, rows, columns, T H W frames, rows, columns of pixels, N frames of all
 * videos one after the other. Immutable; safe to share between threads. Decoding in one piece works under autograd.
 *
 * @see <a href="https://github.com/madebyollin/taehv">TAEHV</a>
 */
public final class DraftDecoder {
    private static final int FRAMES = DraftConfig.FRAMES;

    private static final int KERNEL = 3;

    /** What latents are brought within, smoothly. */
    private static final double BOUND = 3;

    /** How many times as many frames leave each level as enter it. */
    private static final List<Long> TIMES = List.of(1L, 2L, 2L);

    private final DraftConfig config;
    private final Conv2d convIn;
    private final List<DraftLevel> levels;
    private final Conv2d convOut;

    /** A decoder over a tree with the published keys, {@code decoder.…}. */
    public DraftDecoder(Weights w, DraftConfig config) {
        this.config = config;
        Weights decoder = w.at("decoder");
        List<Long> widths = config.widths();
        convIn = new Conv2d(decoder.at(1), config.latentChannels(), widths.get(0), KERNEL);
        levels = IntStream.range(0, DraftConfig.LEVELS)
                .mapToObj(i -> new DraftLevel(
                        decoder, new DraftLevel.Place(3 + 6 * i, widths.get(i), widths.get(i + 1), TIMES.get(i))))
                .toList();
        convOut = new Conv2d(decoder.at(22), widths.get(DraftConfig.LEVELS), 3, KERNEL);
    }

    /** The sizes this was made with. */
    public DraftConfig config() {
        return config;
    }

    /** How many frames become of {@code latentFrames}: as many as the VAE makes. */
    public static long frames(long latentFrames) {
        return FRAMES * latentFrames - leftOut(latentFrames);
    }

    /**
     * Decodes latents in one piece.
     *
     * @param latents (B, Z, F, h, w), as the VAE's decoder takes them
     * @return (B, 3, T, 8h, 8w), about [-1, 1], not clamped; T as {@link #frames} says
     */
    public Tensor decode(Tensor latents) {
        check(latents);
        try (DraftRun run = DraftRun.whole(Math.toIntExact(latents.size(0)))) {
            return forward(latents, leftOut(latents.size(2)), run);
        }
    }

    /**
     * Decodes latents chunk by chunk: as many latent frames at a time as do not take much memory, at least one.
     *
     * @param latents (1, Z, F, h, w), as the VAE's decoder takes them
     * @param frames is given the frames in chunks, (1, 3, T, 8h, 8w), about [-1, 1], not clamped, in order of time; a chunk lives no
     *     longer than the call
     * @throws NotFiniteException when frames are not finite
     */
    public void decode(Tensor latents, Consumer<Tensor> frames) {
        check(latents);
        decode(latents, config.chunk(latents.size(3), latents.size(4)), frames);
    }

    /** As the other, so many latent frames at a time. */
    void decode(Tensor latents, long chunk, Consumer<Tensor> frames) {
        if (latents.size(0) != 1) {
            throw new IllegalArgumentException("one video is decoded in chunks, found " + latents.size(0));
        }
        long count = latents.size(2);
        try (DraftRun run = DraftRun.inChunks()) {
            for (long start = 0; start < count; start += chunk) {
                long first = start;
                Scopes.run(() -> {
                    Tensor z = latents.narrow(2, first, Math.min(chunk, count - first));
                    Tensor made = forward(z, first == 0 ? leftOut(count) : 0, run);
                    if (!Tensors.isFinite(made)) {
                        throw NotFiniteException.inDecoding(
                                Math.toIntExact(first / chunk) + 1,
                                Math.toIntExact((count + chunk - 1) / chunk),
                                "the draft decoder");
                    }
                    frames.accept(made); // (1, 3, T, 8h, 8w)
                });
            }
        }
    }

    /** (B, Z, F, h, w) to (B, 3, T, 8h, 8w), the first {@code leftOut} frames left out. */
    private Tensor forward(Tensor latents, long leftOut, DraftRun run) {
        return Scopes.keep(() -> {
            long videos = latents.size(0);
            Tensor z = convIn.adopt(latents.permute(0, 2, 1, 3, 4).flatten(0, 1)) // (N, Z, h, w)
                    .contiguous(MemoryFormat.ChannelsLast);
            Tensor within = torch.tanh(z.div(new Scalar(BOUND))).mul(new Scalar(BOUND));
            Tensor x = MemoryBlock.relu(convIn.forward(within)); // (N, C, h, w)
            for (DraftLevel level : levels) {
                x = level.forward(x, run); // (N, C, …)
            }
            Tensor pictures = convOut.forward(MemoryBlock.relu(x)); // (N, 3, 8h, 8w), in [0, 1]
            x.close();
            return pictures.unflatten(0, videos, pictures.size(0) / videos) // (B, T, 3, 8h, 8w)
                    .narrow(1, leftOut, pictures.size(0) / videos - leftOut)
                    .permute(0, 2, 1, 3, 4)
                    .mul(new Scalar(2.0))
                    .sub(new Scalar(1.0))
                    .to(latents); // (B, 3, T, 8h, 8w)
        });
    }

    /** Frames at the front that the VAE has not. */
    private static long leftOut(long latentFrames) {
        return latentFrames % 2 == 0 ? 0 : FRAMES - 1;
    }

    private void check(Tensor latents) {
        Shapes.check("latents", latents, Shapes.ANY, config.latentChannels(), Shapes.ANY, Shapes.ANY, Shapes.ANY);
    }
}
