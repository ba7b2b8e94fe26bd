package kinema.cogvideo;

import java.util.Collections;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.Pictures;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.ClusterSampler.Noise;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.network.TextPrefix;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.cogvideo.upscale.DirectUpscaling;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.memory.Meter;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the networks' work takes beside their weights: bytes at the peak, of runs without contents.
 *
 * <p>Axes: B sequences, N tokens of a frame.
 *
 * @param dtype the transformers compute in
 */
record CogVideoWork(CogVideoConfig config, ScalarType dtype) {
    /** Layers that are run: further ones add their caches and nothing else. */
    private static final long LAYERS = 2;

    private static final long CHANNELS = 3;

    /** Making the last tokens of so many sequences, with the longest text. */
    long decoding(BackboneConfig c, Stage stage, int sequences) {
        long layers = c.base().layers();
        long few = ofLayers(c, stage, sequences, Math.min(LAYERS, layers));
        return layers <= LAYERS ? few : few + (layers - LAYERS) * (ofLayers(c, stage, sequences, LAYERS + 1) - few);
    }

    private long ofLayers(BackboneConfig c, Stage stage, int sequences, long layers) {
        return Meter.dryRun(
                w -> StageNetwork.of(w, c.withLayers(layers)), dtype, network -> decode(network, stage, sequences));
    }

    /** All frames of a sequence put in, and one token of the last one drawn. */
    private static void decode(StageNetwork network, Stage stage, int sequences) {
        BackboneConfig c = network.config();
        Text text = new Text(new long[Math.toIntExact(c.textTokens())], 0);
        int given = Math.max(1, stage.given());
        Tensor tokens = Tensors.zeros(ScalarType.Long, sequences, given, c.frameTokens()); // (B, given, N)
        Tensor frame = tokens.select(1, 0); // (B, N)
        try (TextPrefix texts = new TextPrefix(Collections.nCopies(sequences, text));
                Decoder decoder = new Decoder(network.whole(), new Decoder.Task(stage, 0, false), texts)) {
            decoder.give(tokens);
            while (decoder.frames() < BackboneConfig.FRAMES - 1) {
                decoder.append(frame);
            }
            Scopes.run(() -> draw(decoder.step(frame.select(1, 0)))); // (B, V)
            decoder.append(frame);
        }
    }

    private static void draw(Tensor logits) {
        long rows = logits.size(0);
        long tokens = logits.size(1);
        var unused = ClusterSampler.meta(tokens)
                .draw(logits, new ClusterSampler.Settings(1, 1, 1), Noise.meta(rows, 1, tokens)); // (B)
    }

    /** Making the tokens of a large picture, with the longest text. */
    long upscaling() {
        UpscalerConfig c = config.upscaler();
        UpscalerConfig few = c.withLayers(Math.min(LAYERS, c.base().layers()));
        return Meter.dryRun(w -> Upscaler.of(w, few), dtype, network -> {
            ClusterSampler sampler = ClusterSampler.meta(c.base().imageTokens());
            try (DirectUpscaling upscaling = new DirectUpscaling(network, sampler, DirectUpscaling.PUBLISHED)) {
                var unused = upscaling.dryRun(c.textTokens() - 1); // (N)
            }
        });
    }

    /** Making a large picture of its tokens. */
    long picture() {
        long side = config.large() / CogVideoConfig.RATE;
        return Meter.dryRun(this::autoencoder, ScalarType.Float, network -> {
            var unused = pictures(network).of(Tensors.zeros(ScalarType.Long, 1, side * side)); // (1, S, S, 3)
        });
    }

    /** Making tokens of a small picture. */
    long encoding() {
        long side = config.small();
        return Meter.dryRun(this::autoencoder, ScalarType.Float, network -> {
            Tensor picture = Tensors.meta(ScalarType.Byte, 1, side, side, CHANNELS); // (1, S, S, 3)
            var unused = pictures(network).tokens(picture, config.keyframes().grid()); // (1, N)
        });
    }

    private ImageAutoencoder autoencoder(Weights w) {
        return new ImageAutoencoder(w, config.image());
    }

    private static Pictures pictures(ImageAutoencoder network) {
        return new Pictures(network, CogVideoConfig.RATE, false);
    }
}
