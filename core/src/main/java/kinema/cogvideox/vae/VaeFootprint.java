package kinema.cogvideox.vae;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kinema.cogvideox.vae.TiledVae.Layout;
import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.memory.Tile;
import kinema.nn.Pixels;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What coding takes beside the VAE's weights: the VAE's own code is run without contents, once for each size. Thread-safe.
 *
 * <p>The chunks of a video are alike but for the first and the last, so three of them have the peak of any number. Of tiles
 * the first, which is the largest, is measured by itself, and then the whole picture as if every tile took as much.
 *
 * <p>Axes: T frames, H W rows, columns of pixels, F h w latent frames, rows, columns, Z latent channels.
 */
public final class VaeFootprint {
    private static final long FEW = 3; // chunks

    /** A video: F or T, h, w. */
    private record Size(long frames, long rows, long columns) {
        Size withFrames(long other) {
            return new Size(other, rows, columns);
        }

        Size first(Layout layout) {
            return new Size(
                    frames,
                    Math.min(rows, layout.rows().size()),
                    Math.min(columns, layout.columns().size()));
        }
    }

    /** A video in pieces. */
    private record Pieces(Size size, Tile tile) {}

    private final VaeConfig config;
    private final ScalarType dtype;
    private final Known<Size> decoding = new Known<>(this::measureDecoding);
    private final Known<Size> encoding = new Known<>(this::measureEncoding);
    private final Known<Pieces> decodingPieces = new Known<>(this::measureDecoding);
    private final Known<Pieces> encodingPieces = new Known<>(this::measureEncoding);

    /** For a VAE that computes in {@code dtype}. */
    public VaeFootprint(VaeConfig config, ScalarType dtype) {
        this.config = config;
        this.dtype = dtype;
    }

    /** Bytes at the peak of decoding F latent frames of h rows and w columns, and of making pictures of them. */
    public long decode(long frames, long rows, long columns, Tile tile) {
        Size size = new Size(frames, rows, columns);
        return covers(tile, size)
                ? decoding.bytes(size.withFrames(few(frames, Vae.DECODE_CHUNK)))
                : decodingPieces.bytes(new Pieces(size, tile));
    }

    /** Bytes at the peak of encoding T pictures of the size of h rows and w columns of latents, the pictures with them. */
    public long encode(long frames, long rows, long columns, Tile tile) {
        Size size = new Size(frames, rows, columns);
        return covers(tile, size) ? encoding.bytes(size) : encodingPieces.bytes(new Pieces(size, tile));
    }

    /** As {@link #encode} of a video that is read meanwhile: coded whole, only a chunk of it is there. */
    public long encodeRead(long frames, long rows, long columns, Tile tile) {
        boolean whole = covers(tile, new Size(frames, rows, columns));
        return encode(whole ? few(frames, Vae.ENCODE_CHUNK) : frames, rows, columns, tile);
    }

    /** The fewest frames with as many in the first chunk, and with the first, another and the last. */
    static long few(long frames, long chunk) {
        return frames - chunk * Math.max(0, Vae.chunks(frames, chunk).size() - FEW);
    }

    private boolean covers(Tile tile, Size size) {
        long unit = config.spatialCompression();
        return tile.covers(Math.toIntExact(unit * size.columns()), Math.toIntExact(unit * size.rows()));
    }

    private long measureDecoding(Size size) {
        return run(vae -> vae.decode(latents(size), VaeFootprint::pictures));
    }

    private long measureDecoding(Pieces pieces) {
        Layout layout = Layout.of(pieces.tile(), config);
        Size first = pieces.size().first(layout);
        Size few = first.withFrames(few(first.frames(), Vae.DECODE_CHUNK));
        long others = bytes(videoShape(first)) - bytes(videoShape(few)); // chunks that are there beside those measured
        long peak = others
                + run(vae -> {
                    var unused = vae.decode(latents(few));
                });
        long joined = 2 * bytes(videoShape(first)); // all chunks, and what becomes of them
        return run(vae -> {
            UnaryOperator<Tensor> decode = z -> standIn(Math.max(peak, joined), videoShape(size(z)));
            new TiledVae(vae, layout, vae::moments, decode).decode(latents(pieces.size()), VaeFootprint::pictures);
        });
    }

    private long measureEncoding(Size size) {
        return run(vae -> {
            Tensor video = video(size); // (1, 3, T, H, W)
            var unused = vae.moments(video.narrow(2, 0, few(size.frames(), Vae.ENCODE_CHUNK)));
        });
    }

    private long measureEncoding(Pieces pieces) {
        Layout layout = Layout.of(pieces.tile(), config);
        Size first = pieces.size().first(layout);
        long unit = config.spatialCompression();
        long[] tile = {
            1, config.inChannels(), few(first.frames(), Vae.ENCODE_CHUNK), unit * first.rows(), unit * first.columns()
        };
        long peak = run(vae -> {
            var unused = vae.moments(Tensors.meta(ScalarType.Float, tile));
        });
        return run(vae -> {
            UnaryOperator<Tensor> encode = video -> standIn(peak - bytes(tile), momentsShape(video));
            var unused = new TiledVae(vae, layout, encode, vae::decode).encode(video(pieces.size()));
        });
    }

    private long run(Consumer<Vae> body) {
        return Meter.dryRun(w -> new Vae(w, config), dtype, body);
    }

    /** What coding a piece makes, after as much as that takes was there for a moment. */
    private static Tensor standIn(long bytes, long[] result) {
        Tensors.meta(ScalarType.Byte, bytes).close();
        return Tensors.meta(ScalarType.Float, result);
    }

    private static void pictures(Tensor chunk) {
        var unused = Pixels.fromNetwork(chunk);
    }

    /** Pictures as the VAE takes them; their bytes are there too, as they are the caller's. */
    private Tensor video(Size size) {
        long unit = config.spatialCompression();
        return Pixels.toNetwork(Tensors.meta(
                ScalarType.Byte, size.frames(), unit * size.rows(), unit * size.columns(), config.inChannels()));
    }

    private Tensor latents(Size size) {
        return Tensors.meta(ScalarType.Float, 1, config.latentChannels(), size.frames(), size.rows(), size.columns());
    }

    private static Size size(Tensor latents) {
        return new Size(latents.size(2), latents.size(3), latents.size(4));
    }

    /** (1, 3, T, H, W). */
    private long[] videoShape(Size latents) {
        long unit = config.spatialCompression();
        return new long[] {
            1, config.outChannels(), config.frames(latents.frames()), unit * latents.rows(), unit * latents.columns()
        };
    }

    /** (1, 2·Z, F, h, w). */
    private long[] momentsShape(Tensor video) {
        long unit = config.spatialCompression();
        return new long[] {
            1,
            2 * config.latentChannels(),
            config.latentFrames(video.size(2)),
            video.size(3) / unit,
            video.size(4) / unit
        };
    }

    private static long bytes(long[] shape) {
        return Float.BYTES * Shapes.count(shape);
    }
}
