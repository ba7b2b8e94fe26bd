package kinema.cli;

import java.nio.file.Path;
import kinema.CodingOptions;
import kinema.VideoAutoencoder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What both directions of {@code kinema vae} understand. */
final class VaeOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "DIR",
            description = "The checkpoint's folder. Default: the bundled model, models/kinema-tiny.")
    private @Nullable Path model;

    @Option(
            names = "--raw",
            description = "Latents are as the autoencoder has them, not multiplied by the model's scaling factor.")
    private boolean raw;

    @Option(
            names = "--tile",
            paramLabel = "WxH|off",
            converter = FrameSize.OrOff.class,
            description = "Encode and decode pictures in overlapping tiles of this size in pixels, which takes less"
                    + " memory. Default: off.")
    private @Nullable FrameSize tile;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    /** Opens the autoencoder. */
    VideoAutoencoder open() {
        VideoAutoencoder opened = VaeCommand.open(model);
        threads.apply();
        return opened;
    }

    /** Refuses what no model takes. */
    void check() {
        threads.check();
    }

    /** Whether latents are unscaled. */
    boolean raw() {
        return raw;
    }

    /** How to code. */
    CodingOptions coding() {
        CodingOptions options = CodingOptions.DEFAULT.withRaw(raw);
        return tile == null ? options : options.withTile(tile.width(), tile.height());
    }
}
