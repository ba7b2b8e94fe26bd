package kinema.cogvideo;

import java.util.Optional;
import java.util.function.Supplier;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.weights.WeightsException;

/**
 * The sizes of a checkpoint's networks, which have to suit one another.
 *
 * @param keyframes the first stage's
 * @param interpolation the second stage's; empty where it is not there
 * @param upscaler super-resolution's; empty where it is not there
 * @param image the image autoencoder's
 */
record CogVideoConfig(
        BackboneConfig keyframes,
        Optional<BackboneConfig> interpolation,
        Optional<UpscalerConfig> upscaler,
        ImageConfig image) {
    /** Pixels in a row that an image token stands for. */
    static final int RATE = 8;

    /**
     * Reads the sizes of the parts that are there.
     *
     * @throws WeightsException when a part or a config is missing or damaged, or they do not suit one another
     */
    static CogVideoConfig of(CogVideoFiles files) {
        files.check();
        CogVideoConfig config = new CogVideoConfig(
                files.keyframes(),
                ofPart(files, Part.INTERPOLATION, files::interpolation),
                ofPart(files, Part.UPSCALER, files::upscaler),
                files.image());
        config.check(files);
        return config;
    }

    private static <C> Optional<C> ofPart(CogVideoFiles files, Part part, Supplier<C> read) {
        return files.has(part) ? Optional.of(read.get()) : Optional.empty();
    }

    private void check(CogVideoFiles files) {
        interpolation.ifPresent(
                second -> requireSame(files, "the first stage's and the second stage's networks", keyframes, second));
        upscaler.ifPresent(large -> {
            requireSame(files, "the stages' and super-resolution's base models", base(), large.base());
            requireSame(
                    files, "tokens of a frame and of a picture to be enlarged", keyframes.frameTokens(), large.low());
        });
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

    /** Rows of the largest picture, pixels: of a small one where there is no super-resolution. */
    int large() {
        return Math.toIntExact(upscaler.map(UpscalerConfig::highGrid).orElse(keyframes.grid()) * RATE);
    }

    /** Whether a stage's part is there. */
    boolean has(Level level) {
        return switch (level) {
            case KEYFRAMES -> true;
            case INTERPOLATE -> interpolation.isPresent();
            case UPSCALE -> upscaler.isPresent();
        };
    }

    /** The last stage whose part is there. */
    Level last() {
        if (upscaler.isPresent()) {
            return Level.UPSCALE;
        }
        return interpolation.isPresent() ? Level.INTERPOLATE : Level.KEYFRAMES;
    }
}
