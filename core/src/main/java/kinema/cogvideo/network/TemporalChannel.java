package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.List;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * All that CogVideo trains: the second attention channel of each layer, and positions for the frames after the first.
 *
 * <p>Immutable; safe to share between threads. Keys are those below {@code mixins} in the authors' files.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.2</a>
 */
public final class TemporalChannel {
    private static final double DEVIATION = 0.02;

    private final Tensor positions; // (extra positions, D)
    private final List<OnDemand<TemporalLayer>> layers = new ArrayList<>();

    /** A channel over the node {@code mixins}. */
    public TemporalChannel(Weights w, BackboneConfig c) {
        positions = w.at("extra_position_embedding.position_embeddings")
                .tensor(
                        "weight",
                        Init.normal(DEVIATION),
                        c.extraPositions(),
                        c.base().width());
        for (long i = 0; i < c.base().layers(); i++) {
            long layer = i;
            layers.add(w.at("attention_plus").part(plus -> new TemporalLayer(plus, layer, c.base())));
        }
    }

    List<OnDemand<TemporalLayer>> layers() {
        return layers;
    }

    /** So many rows of the position table from {@code first} on: (count, D). */
    Tensor positions(long first, long count) {
        return positions.narrow(0, first, count);
    }
}
