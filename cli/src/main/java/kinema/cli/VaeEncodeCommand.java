package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.CodingOptions;
import kinema.Fit;
import kinema.FrameStream;
import kinema.LatentsNotes;
import kinema.VideoAutoencoder;
import kinema.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema vae encode}: a video becomes a file of latents. */
@Command(
        name = "encode",
        description = {"Encodes a video, or a folder of pictures, to latents.", ""},
        sortOptions = false,
        footer = {
            "",
            "Writes one tensor, 'latents': (1, F, C, h, w) float32, as generate's --tensors has them.",
            "",
            "Example: kinema vae encode cat.mp4 cat.safetensors --size 720x480 --frames 49"
        })
final class VaeEncodeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "IN", description = "The video file, or a folder of pictures.")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The latents' file, .safetensors.")
    private Path out = Path.of("");

    @Option(names = "--mode", description = "Write the likeliest latents. This is the default.")
    private boolean mode;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Draw latents from the posterior instead, by this seed of the random numbers.")
    private @Nullable Long seed;

    @Option(
            names = "--frames",
            paramLabel = "N",
            description = "How many frames to take, from the first. Default: all.")
    private @Nullable Integer frames;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = FrameSize.Converter.class,
            description = "Bring the pictures to this size first. Default: their own.")
    private @Nullable FrameSize size;

    @Option(
            names = "--fit",
            paramLabel = "stretch|crop|pad",
            description = "How --size changes proportions. Default: stretch.")
    private @Nullable Fit fit;

    @Mixin
    private VaeOptions options = new VaeOptions();

    VaeEncodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        check();
        try (FrameProgress progress = new FrameProgress(options.shown(console))) {
            progress.stage("read");
            try (VideoInput video = VideoInput.open(in, frames, progress)) {
                progress.stage("load");
                encode(video, progress);
            }
        }
        return ExitCode.OK.number();
    }

    private void encode(VideoInput video, FrameProgress progress) throws IOException {
        FrameStream stream = video.frames();
        if (size != null) {
            stream = stream.resized(size.width(), size.height(), fit == null ? Fit.STRETCH : fit);
        }
        try (VideoAutoencoder vae = options.open()) {
            progress.stage("encode", stream.count());
            try (Tensor latents = encoded(vae, stream, progress)) {
                progress.stage("write");
                LatentsNotes notes =
                        new LatentsNotes(vae.name(), vae.digest(), stream.count(), video.fps(), !options.raw());
                TensorFile.write(out, Map.of(LatentsFile.KEY, latents), metadata(notes));
                progress.finish();
                options.tell(
                        console,
                        out,
                        "latents " + Shapes.text(latents.shape()),
                        Map.of("frames", stream.count(), "latents", latents.shape()));
            }
        }
    }

    private Tensor encoded(VideoAutoencoder vae, FrameStream stream, FrameProgress progress) {
        try {
            CodingOptions coding = options.coding(
                    () -> vae.encodingTile(stream.count(), stream.width(), stream.height()), progress::note);
            return vae.encode(stream, seed == null ? coding : coding.withSeed(seed));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(in + ": " + e.getMessage(), e);
        }
    }

    private void check() {
        options.check();
        TensorFile.check("latents", out);
        if (mode && seed != null) {
            throw new IllegalArgumentException("--mode takes the likeliest latents and --seed draws them; give one");
        }
        if (fit != null && size == null) {
            throw new IllegalArgumentException("--fit says how --size changes proportions; give that too");
        }
        if (frames != null && frames < 1) {
            throw new IllegalArgumentException("--frames must be at least 1, found " + frames);
        }
    }

    private Map<String, String> metadata(LatentsNotes notes) {
        Map<String, String> metadata = notes.toMap();
        metadata.put("posterior", seed == null ? "mode" : "sample of seed " + seed);
        return metadata;
    }
}
