package kinema.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kinema.CodingOptions;
import kinema.VideoAutoencoder;
import kinema.memory.Tile;
import kinema.tensor.Precision;
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
            paramLabel = "WxH|auto|off",
            converter = TileOption.class,
            description = "Encode and decode pictures in overlapping tiles of this size in pixels, which takes less"
                    + " memory; auto only where they do not fit whole. Default: auto.")
    private @Nullable Tile tile;

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    @Mixin
    private EngineOptions engine = new EngineOptions();

    /** Opens the autoencoder. */
    VideoAutoencoder open() {
        engine.applyThreads();
        return VaeCommand.open(model, engine.settings(Precision.FP32));
    }

    /** Refuses what no model takes. */
    void check() {
        engine.check();
    }

    /** Whether latents are unscaled. */
    boolean raw() {
        return raw;
    }

    /** Where progress is shown. */
    Console shown(Console console) {
        return json ? console.quiet() : console;
    }

    /**
     * Tells of what was written.
     *
     * @param summary for people
     * @param object for programs, without the file's name
     */
    void tell(Console console, Path file, String summary, Map<String, ?> object) {
        shown(console).err().println("wrote " + file + ": " + summary);
        console.out().println(json ? ResultJson.file(file, object) : file);
    }

    /**
     * How to code.
     *
     * @param fitting the tiles that fit where none are asked for
     * @param notes told when pictures are cut because they do not fit whole
     */
    CodingOptions coding(Supplier<Tile> fitting, Consumer<String> notes) {
        Tile chosen = tile != null ? tile : fitting.get();
        CodingOptions options = CodingOptions.DEFAULT.withRaw(raw);
        if (chosen.equals(Tile.WHOLE)) {
            return options;
        }
        if (tile == null) {
            notes.accept("pictures in tiles of " + chosen.width() + "x" + chosen.height() + ", which fit in memory");
        }
        return options.withTile(chosen.width(), chosen.height());
    }
}
