package kinema.cogvideox.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * How the tokens of several clips of different lengths and sizes lie in one sequence: the text of all clips, then the video
 * of all clips.
 *
 * <p>Axes: n clips, S tokens of all, D width, H heads, K head size.
 *
 * @param text text tokens of each clip
 * @param video video tokens of each clip
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 3.1 (multi-resolution frame pack)</a>
 */
record Pack(long[] text, long[] video) {
    /** What a clip's tokens become, apart from those of the others. */
    @FunctionalInterface
    interface Attention {
        /** Queries, keys and values (1, S of the clip, H, K) to (1, S of the clip, H, K). */
        Tensor of(Tensor q, Tensor k, Tensor v);
    }

    /** A vector for each clip, (n, 1, D), given to all its text tokens: (1, L of all, D). */
    Tensor overText(Tensor vectors) {
        return over(vectors, text);
    }

    /** A vector for each clip, (n, 1, D), given to all its video tokens: (1, N of all, D). */
    Tensor overVideo(Tensor vectors) {
        return over(vectors, video);
    }

    /** Parts of the video tokens (1, N of all, D), one for each clip. */
    List<Tensor> videos(Tensor x) {
        List<Tensor> parts = new ArrayList<>();
        long start = 0;
        for (long length : video) {
            parts.add(x.narrow(1, start, length));
            start += length;
        }
        return parts;
    }

    /** Attends inside each clip: queries, keys and values (1, S, H, K) to (1, S, H, K). */
    Tensor attend(Tensor q, Tensor k, Tensor v, Attention attention) {
        return Scopes.keep(() -> {
            Tensor[] parts = new Tensor[2 * text.length];
            long textStart = 0;
            long videoStart = Arrays.stream(text).sum();
            for (int i = 0; i < text.length; i++) {
                Tensor y = attention.of(
                        clip(q, i, textStart, videoStart),
                        clip(k, i, textStart, videoStart),
                        clip(v, i, textStart, videoStart)); // (1, S of the clip, H, K)
                parts[i] = y.narrow(1, 0, text[i]);
                parts[text.length + i] = y.narrow(1, text[i], video[i]);
                textStart += text[i];
                videoStart += video[i];
            }
            return Tensors.cat(1, parts); // (1, S, H, K)
        });
    }

    private Tensor clip(Tensor x, int i, long textStart, long videoStart) {
        return Tensors.cat(1, x.narrow(1, textStart, text[i]), x.narrow(1, videoStart, video[i]));
    }

    private static Tensor over(Tensor vectors, long[] lengths) {
        return Scopes.keep(() -> {
            Tensor[] parts = new Tensor[lengths.length];
            for (int i = 0; i < lengths.length; i++) {
                parts[i] = vectors.narrow(0, i, 1).expand(1, lengths[i], -1);
            }
            return Tensors.cat(1, parts);
        });
    }
}
