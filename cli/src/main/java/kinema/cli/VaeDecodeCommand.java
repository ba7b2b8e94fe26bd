package kinema.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.CodingOptions;
import kinema.VideoAutoencoder;
import kinema.video.VideoReader;
import kinema.video.VideoSpec;
import kinema.video.VideoTarget;
import kinema.video.VideoWriter;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema vae decode}: a file of latents becomes a video. */
@Command(
        name = "decode",
        description = {"Decodes latents to a video.", ""},
        sortOptions = false,
        footer = {
            "",
            "Latents are (1, F, C, h, w), as 'vae encode' and generate's --tensors write them. These files say",
            "which model they are for, and which latent frames only fill a patch and are left out; latents of",
            "other files are decoded as they are.",
            "",
            "Example: kinema vae decode cat.safetensors cat.mp4"
        })
final class VaeDecodeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "IN", description = "The latents' file, .safetensors.")
    private Path in = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "Where the video goes: .mp4, .webm, .gif, or a folder for PNG frames when the name ends with /.")
    private String out = "";

    @Option(
            names = "--key",
            paramLabel = "NAME",
            description = "The tensor to decode, such as latents_step49. Default: latents.")
    private String key = LatentsFile.KEY;

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "Frames per second of the video. Default: what IN says, else 8.")
    private @Nullable Double fps;

    @Mixin
    private VaeOptions options = new VaeOptions();

    VaeDecodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        VideoTarget target = VideoTarget.parse(out);
        try (FrameProgress progress = new FrameProgress(options.shown(console));
                LatentsFile file = LatentsFile.open(in, key)) {
            progress.stage("load");
            try (VideoAutoencoder vae = options.open()) {
                file.check(vae, progress::note);
                decode(file, vae, target, progress);
            }
        }
        return ExitCode.OK.number();
    }

    private void decode(LatentsFile file, VideoAutoencoder vae, VideoTarget target, FrameProgress progress) {
        VideoSpec spec = spec(file, vae);
        long[] shape = file.shape(); // (1, F, C, h, w)
        CodingOptions asked = options.coding(
                () -> vae.decodingTile(shape[1], Math.toIntExact(shape[3]), Math.toIntExact(shape[4])), progress::note);
        CodingOptions coding = file.scaled() ? asked : asked.withRaw(true);
        try (VideoWriter writer = VideoWriter.open(target, spec);
                Tensor latents = file.tensor(file.padding(vae))) {
            progress.stage("decode", vae.frames(latents.size(1)));
            vae.decode(latents, coding, frame -> {
                writer.add(frame);
                progress.frame();
            });
            progress.stage("write");
            writer.finish();
        }
        progress.finish();
        options.tell(
                console,
                target.path(),
                spec.width() + "x" + spec.height() + " at " + GenerationReport.number(spec.fps()) + " fps",
                Map.of("width", spec.width(), "height", spec.height(), "fps", spec.fps()));
    }

    private VideoSpec spec(LatentsFile file, VideoAutoencoder vae) {
        long unit = vae.spatialCompression();
        long[] shape = file.shape(); // (1, F, C, h, w)
        double rate = fps != null ? fps : file.fps(VideoReader.FOLDER_FPS);
        return new VideoSpec(Math.toIntExact(shape[4] * unit), Math.toIntExact(shape[3] * unit), rate, null);
    }
}
