package kinema.train.cogvideo;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.text.StageTexts;
import kinema.tensor.Tensors;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The texts of batches of rows, as long as the longest, some without their caption: in its place stands what guided generation leads away from.
 * The seconds in front of a caption stay.
 *
 * @see <a href="https://arxiv.org/abs/2207.12598">Classifier-free diffusion guidance, section 3.2</a>
 */
final class RowTexts {
    private final double share;
    private final long[] anything;
    private final boolean timed;
    private final long newline;

    /**
     * Axes: n rows, L tokens of a text.
     *
     * @param ids (n, L), padded on the left, as long as the longest
     * @param present (n, L) 1 for a token and 0 for padding
     */
    record Batch(Tensor ids, Tensor present) {}

    private RowTexts(double share, long[] anything, boolean timed, long newline) {
        this.share = share;
        this.anything = anything;
        this.timed = timed;
        this.newline = newline;
    }

    /** Of captions of pictures. */
    static RowTexts ofPictures(double share, IceVocabulary words) {
        return new RowTexts(share, StageTexts.anyPicture(words), false, words.newline());
    }

    /** Of captions of clips, with the clips' seconds in front. */
    static RowTexts ofClips(double share, IceVocabulary words) {
        return new RowTexts(share, StageTexts.anyVideo(words), true, words.newline());
    }

    /** The texts of some rows. */
    Batch of(TokenRows rows, List<Row> some, SplittableRandom random) {
        long[] ids = Tensors.longs(rows.text(some));
        long[] present = Tensors.longs(rows.present(some).to(ScalarType.Long));
        int length = ids.length / some.size();
        for (int row = 0; row < some.size(); row++) {
            if (random.nextDouble() < share) {
                forget(ids, present, row * length, length);
            }
        }
        long unused = IntStream.range(0, length)
                .takeWhile(column -> isEmpty(present, column, length))
                .count();
        return new Batch(
                Tensors.of(ids, some.size(), length).narrow(1, unused, length - unused),
                Tensors.of(present, some.size(), length).narrow(1, unused, length - unused));
    }

    /** Whether no text of a batch is as long as that it has a token here. */
    private static boolean isEmpty(long[] present, int column, int length) {
        for (int at = column; at < present.length; at += length) {
            if (present[at] != 0) {
                return false;
            }
        }
        return true;
    }

    /** In place. */
    private void forget(long[] ids, long[] present, int at, int length) {
        int end = at + length;
        long[] text = LongStream.concat(LongStream.of(seconds(ids, present, at, end)), LongStream.of(anything))
                .limit(length)
                .toArray();
        Arrays.fill(ids, at, end, 0);
        Arrays.fill(present, at, end, 0);
        System.arraycopy(text, 0, ids, end - text.length, text.length);
        Arrays.fill(present, end - text.length, end, 1);
    }

    private long[] seconds(long[] ids, long[] present, int at, int end) {
        if (!timed) {
            return new long[0];
        }
        int first = at;
        while (present[first] == 0) {
            first++;
        }
        int line = first;
        while (line < end - 1 && ids[line] != newline) {
            line++;
        }
        return Arrays.copyOfRange(ids, first, line + 1);
    }
}
