package kinema.train.cogvideo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.text.StageTexts;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
import kinema.train.ProductPrecision;
import kinema.train.data.ClipCoder;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.Sha256;
import kinema.weights.TensorDigest;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Clips as rows of tokens: {@code frames} (n, T, N), of pairs {@code large} (n, M) too, {@code text} (n, L) padded on the left,
 * and {@code present} (n, L), 1 for a token of text and 0 for padding.
 *
 * <p>Axes: n clips, T frames of a row, N tokens of a frame, M of a large one, L of a text.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
final class TokenCoder implements ClipCoder {
    static final String FRAMES = "frames";
    static final String LARGE = "large";
    static final String TEXT = "text";
    static final String PRESENT = "present";

    /** Rows and columns of pixels that an image token stands for. */
    static final int RATE = 8;

    private static final long PIXELS = 1 << 17; // of pictures that are coded together

    private static final int SPAN = 4; // frames of a row after its first

    private final TokenRecipe recipe;
    private final Checkpoint weights;
    private final ImageAutoencoder image;
    private final IceVocabulary words;
    private final String tokens;
    private final String origin;

    TokenCoder(TokenRecipe recipe, CogVideoFiles files) {
        this.recipe = recipe;
        ImageConfig config = files.image();
        words = files.vocabulary(config.codes());
        weights = files.open(Part.IMAGE, Placement.resident(ScalarType.Float));
        image = weights.load(w -> new ImageAutoencoder(w, config));
        String said = recipe.seconds() > 0 ? " said to span " + recipe.seconds() + " s" : "";
        tokens = "image " + TensorDigest.of("", weights.tensors()) + ", words " + digest(files);
        origin = tokens + ", " + recipe.rows()
                + " of " + recipe.side() + " pixels times " + recipe.times() + ", rates " + recipe.rates() + said
                + " within "
                + recipe.within() + ", '" + recipe.ending() + "', " + recipe.textTokens() + " tokens of text"
                + (recipe.precision() == ProductPrecision.FP32 ? "" : ", " + recipe.precision());
    }

    private static String digest(CogVideoFiles files) {
        try {
            return new Sha256().add(Files.readAllBytes(files.tokenizer())).hex();
        } catch (IOException e) {
            throw new UncheckedIOException(files.tokenizer() + ": cannot be read", e);
        }
    }

    /** The image autoencoder's sizes. */
    ImageConfig image() {
        return image.config();
    }

    /** The vocabulary. */
    IceVocabulary words() {
        return words;
    }

    /** Whose tokens they are: digests of the image autoencoder and of the vocabulary. */
    String tokens() {
        return tokens;
    }

    /** What clips may be asked for as: of rows of clips one length for each rate. */
    List<Shape> shapes() {
        int side = recipe.rows() == TokenRecipe.Rows.PAIRS ? recipe.side() * recipe.times() : recipe.side();
        if (recipe.within() > 0) {
            return List.of(new Shape(side, side, recipe.within()));
        }
        if (recipe.rows() != TokenRecipe.Rows.CLIPS) {
            return List.of(new Shape(side, side, 1));
        }
        return recipe.rates().stream()
                .map(rate -> new Shape(side, side, SPAN * recipe.step(rate) + 1))
                .toList();
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public Map<String, Tensor> code(List<CaptionedClip> clips, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(recipe.seed() * 31 + seed);
        long[][] texts = new long[clips.size()][];
        Tensor[] rows = new Tensor[clips.size()]; // each (3, T, H, W)
        for (int i = 0; i < rows.length; i++) {
            CaptionedClip clip = clips.get(i);
            String caption = clip.caption() + recipe.ending();
            Tensor video = Clips.batch(List.of(clip.video())).squeeze(0); // (3, all, H, W)
            if (recipe.rows() == TokenRecipe.Rows.CLIPS) {
                int step = step(shape, random);
                int first = random.nextInt(shape.frames() - SPAN * step);
                double spans = SPAN * step / recipe.data().fps();
                texts[i] = StageTexts.timed(words, recipe.seconds() > 0 ? recipe.seconds() : spans, caption);
                rows[i] = row(video, first, step);
            } else {
                texts[i] = words.encode(caption);
                rows[i] = video.narrow(1, 0, 1);
            }
        }
        Tensor all = torch.stack(new TensorVector(rows), 0); // (n, 3, T, H, W)
        Map<String, Tensor> coded = new LinkedHashMap<>(texts(texts));
        boolean pairs = recipe.rows() == TokenRecipe.Rows.PAIRS;
        coded.put(FRAMES, tokens(all, pairs ? recipe.times() : 1)); // (n, T, N)
        if (pairs) {
            coded.put(LARGE, tokens(all, 1).squeeze(1)); // (n, M)
        }
        return coded;
    }

    /** From one frame of a row to the next: a clip as long as its row tells; in a longer one any that there may be. */
    private int step(Shape shape, SplittableRandom random) {
        return recipe.within() > 0
                ? recipe.step(recipe.rates().get(random.nextInt(recipe.rates().size())))
                : (shape.frames() - 1) / SPAN;
    }

    /** Five frames of (3, T, H, W). */
    private static Tensor row(Tensor video, int first, int step) {
        long[] times =
                LongStream.rangeClosed(0, SPAN).map(i -> first + i * step).toArray();
        return video.index_select(1, Tensors.of(times, times.length)); // (3, 5, H, W)
    }

    /** Tokens of (n, 3, T, H, W) with several times fewer rows and columns: (n, T, N) int32. */
    private Tensor tokens(Tensor videos, int smaller) {
        long clips = videos.size(0);
        long times = videos.size(2);
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.keep(() -> {
                Tensor pixels = videos.transpose(1, 2)
                        .flatten(0, 1)
                        .add(new Scalar(1.0))
                        .mul(new Scalar(0.5)); // (n·T, 3, H, W)
                long[] cell = {smaller, smaller};
                Tensor small = smaller == 1
                        ? pixels.contiguous()
                        : torch.avg_pool2d(pixels, cell, cell, new long[] {0, 0}, false, true, null);
                return ids(small).view(clips, times, -1).to(ScalarType.Int); // (n, T, N)
            });
        }
    }

    /** Tokens of pictures (n, 3, H, W), so many together that their size is bounded: (n, h, w). */
    private Tensor ids(Tensor pictures) {
        long together = Math.max(1, PIXELS / (pictures.size(2) * pictures.size(3)));
        List<Tensor> ids = new ArrayList<>();
        for (long first = 0; first < pictures.size(0); first += together) {
            Tensor some = pictures.narrow(0, first, Math.min(together, pictures.size(0) - first));
            ids.add(Scopes.keep(() -> {
                Tensor points = recipe.precision().compute(() -> image.project(some, RATE)); // (·, E, h, w)
                return image.nearest(points.to(ScalarType.Float)); // (·, h, w)
            }));
        }
        return Tensors.cat(0, ids.toArray(Tensor[]::new));
    }

    private Map<String, Tensor> texts(long[][] texts) {
        int length = recipe.textTokens();
        long[] ids = new long[texts.length * length];
        long[] present = new long[ids.length];
        for (int i = 0; i < texts.length; i++) {
            int count = Math.min(length, texts[i].length);
            int at = (i + 1) * length - count;
            System.arraycopy(texts[i], 0, ids, at, count);
            Arrays.fill(present, at, at + count, 1);
        }
        return Map.of(
                TEXT, Tensors.of(ids, texts.length, length).to(ScalarType.Int),
                PRESENT, Tensors.of(present, texts.length, length).to(ScalarType.Byte));
    }

    @Override
    public void close() {
        weights.close();
    }
}
