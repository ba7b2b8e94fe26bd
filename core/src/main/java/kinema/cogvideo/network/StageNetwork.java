package kinema.cogvideo.network;

import kinema.weights.Weights;

/**
 * The networks of a stage as their authors give them out: a text-to-image model and what the stage adds to it.
 *
 * @param base makes first frames alone
 * @param channel makes further ones with it
 */
public record StageNetwork(BaseModel base, TemporalChannel channel, BackboneConfig config) {
    /** The networks over a node with {@code transformer} and {@code mixins}. */
    public static StageNetwork of(Weights w, BackboneConfig config) {
        return new StageNetwork(
                new BaseModel(w.at("transformer"), config.base()), new TemporalChannel(w.at("mixins"), config), config);
    }

    /** The text-to-image model alone. */
    public Backbone textToImage() {
        return new Backbone(config, base, null);
    }

    /** Both together. */
    public Backbone whole() {
        return new Backbone(config, base, channel);
    }
}
