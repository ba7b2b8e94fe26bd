package kinema.cogvideo;

import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.weights.WeightsException;

/**
 * The sizes of a checkpoint's networks, which have to suit one another.
 *
 * @param keyframes the first stage's
 * @param interpolation the second stage's
 * @param upscaler super-resolution's
 * @param image the image autoencoder's
 */
record CogVideoConfig(
        BackboneConfig keyframes, BackboneConfig interpolation, UpscalerConfig upscaler, ImageConfig image) {
    /** Pixels in a row that an image token stands for. */
    static final int RATE = 8;

    /**
     * Reads the sizes.
     *
     * @throws WeightsException when a config is missing or damaged, or they do not suit one another
     */
    static CogVideoConfig of(CogVideoFiles files) {
        CogVideoConfig config =
                new CogVideoConfig(files.keyframes(), files.interpolation(), files.upscaler(), files.image());
        config.check(files);
        return config;
    }

    private void check(CogVideoFiles files) {
        requireSame(files, "the first stage's and the second stage's networks", keyframes, interpolation);
        requireSame(files, "the stages' and super-resolution's base models", base(), upscaler.base());
        requireSame(
                files, "tokens of a frame and of a picture to be enlarged", keyframes.frameTokens(), upscaler.low());
        requireSame(files, "image tokens and codes of the image autoencoder", base().imageTokens(), image.codes());
        if (!image.decoders().contains(image.decoder(RATE))) {
            throw new WeightsException(
                    files.folder() + ": the image autoencoder has no decoder for " + RATE + " by " + RATE + " pixels");
        }
    }

    private static void requireSame(CogVideoFiles files, String what, Object one, Object other) {
        if (!one.equals(other)) {
            throw new WeightsException(files.folder() + ": " + what + " must be the same, found " + one + " and "
                    + other + "; these parts belong to different models");
        }
    }

    /** The sizes of the text-to-image model that all are built on. */
    BaseConfig base() {
        return keyframes.base();
    }

    /** Rows of a small picture, pixels. */
    int small() {
        return Math.toIntExact(keyframes.grid() * RATE);
    }

    /** Rows of a large picture, pixels. */
    int large() {
        return Math.toIntExact(upscaler.highGrid() * RATE);
    }
}
