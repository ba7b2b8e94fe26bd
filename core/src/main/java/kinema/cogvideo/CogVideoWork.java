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
import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the networks' work takes beside their weights: bytes at the peak, of runs without contents. Thread-safe.
 *
 * <p>Axes: B sequences, N tokens of a frame.
 */
final class CogVideoWork {
    /** Making tokens of so many sequences. */
    private record Decoding(BackboneConfig network, Stage stage, int sequences) {}

    /** What is the same for every request. */
    private enum Pass {
        UPSCALING,
        PICTURE,
        ENCODING
    }

    /** Layers that are run: further ones add their caches and nothing else. */
    private static final long LAYERS = 2;

    private static final long CHANNELS = 3;

    private final CogVideoConfig config;
    private final ScalarType dtype;
    private final Known<Decoding> decodings = new Known<>(this::measure);
    private final Known<Pass> passes = new Known<>(this::measure);

    /**
     * That of a checkpoint.
     *
     * @param dtype the transformers compute in
     */
    CogVideoWork(CogVideoConfig config, ScalarType dtype) {
        this.config = config;
        this.dtype = dtype;
    }

    /** Making the last tokens of so many sequences, with the longest text. */
    long decoding(BackboneConfig c, Stage stage, int sequences) {
        return decodings.bytes(new Decoding(c, stage, sequences));
    }

    /** Making the tokens of a large picture, with the longest text. */
    long upscaling() {
        return passes.bytes(Pass.UPSCALING);
    }

    /** Making the largest picture of its tokens. */
    long picture() {
        return passes.bytes(Pass.PICTURE);
    }

    /** Making tokens of a small picture. */
    long encoding() {
        return passes.bytes(Pass.ENCODING);
    }

    private long measure(Pass pass) {
        return switch (pass) {
            case UPSCALING -> measureUpscaling();
            case PICTURE -> measurePicture();
            case ENCODING -> measureEncoding();
        };
    }

    private long measure(Decoding d) {
        long layers = d.network.base().layers();
        long few = ofLayers(d, Math.min(LAYERS, layers));
        return layers <= LAYERS ? few : few + (layers - LAYERS) * (ofLayers(d, LAYERS + 1) - few);
    }

    private long ofLayers(Decoding d, long layers) {
        return Meter.dryRun(
                w -> StageNetwork.of(w, d.network.withLayers(layers)),
                dtype,
                network -> decode(network, d.stage, d.sequences));
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

    private long measureUpscaling() {
        UpscalerConfig c = config.upscaler().orElseThrow();
        UpscalerConfig few = c.withLayers(Math.min(LAYERS, c.base().layers()));
        return Meter.dryRun(w -> Upscaler.of(w, few), dtype, network -> {
            ClusterSampler sampler = ClusterSampler.meta(c.base().imageTokens());
            try (DirectUpscaling upscaling =
                    new DirectUpscaling(network, sampler, DirectUpscaling.settings(1, sampler.clusters()))) {
                var unused = upscaling.dryRun(c.textTokens() - 1); // (N)
            }
        });
    }

    private long measurePicture() {
        long side = config.large() / CogVideoConfig.RATE;
        return Meter.dryRun(this::autoencoder, ScalarType.Float, network -> {
            var unused = pictures(network).of(Tensors.zeros(ScalarType.Long, 1, side * side)); // (1, S, S, 3)
        });
    }

    private long measureEncoding() {
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
