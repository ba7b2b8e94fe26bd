package kinema.cogvideo.network;

import kinema.cogvideo.network.ChannelAttention.Heads;
import org.bytedeco.pytorch.Tensor;

/**
 * What the tokens of one pass through the backbone attend to: the whole of a sequence under a mask, or what a cache holds.
 *
 * <p>Axes: B sequences, n tokens of this pass, of which the first {@link #text} are text, A heads, K width of a head.
 */
interface Reach {
    /** Number of text tokens, which come first; they use the spatial channel alone. */
    long text();

    /**
     * Attention of the spatial channel: text attends to text, a frame to the text and to itself.
     *
     * @return (B, A, n, K)
     */
    Tensor spatial(int layer, Heads heads);

    /**
     * Attention of the temporal channel: a frame attends to the text and to frames.
     *
     * @return (B, A, n - text, K)
     */
    Tensor temporal(int layer, Heads heads);
}
