package kinema.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource.Shape;
import kinema.train.world.World;
import kinema.train.world.WorldClips;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema world render}: captioned clips for training. */
@Command(
        name = "render",
        description = {"Renders captioned clips: the ones that recipes with 'kind: world' train on.", ""},
        sortOptions = false,
        footer = {
            "",
            "Writes 000000.mp4 and so on, 8 frames per second, and their captions into metadata.jsonl, as 'kinema"
                    + " train' and others read them. The same seed gives the same clips.",
            "",
            "Example: kinema world render clips --clips 1000 --size 64 --frames 17"
        })
final class WorldRenderCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SMALLEST = 16;

    private final Console console;

    @Parameters(index = "0", paramLabel = "DIR", description = "A new or empty folder.")
    private Path folder = Path.of("");

    @Option(names = "--clips", paramLabel = "N", description = "How many. Default: 100.")
    private Integer clips = 100;

    @Option(names = "--size", paramLabel = "PIXELS", description = "Side of the square frames. Default: 64.")
    private Integer size = 64;

    @Option(names = "--frames", paramLabel = "N", description = "Frames of a clip. Default: 17.")
    private Integer frames = 17;

    @Option(names = "--seed", paramLabel = "N", description = "Which clips. Default: 0.")
    private Long seed = 0L;

    WorldRenderCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        check();
        Files.createDirectories(folder);
        try (Stream<Path> there = Files.list(folder)) {
            if (there.findAny().isPresent()) {
                throw new CommandException(
                        ExitCode.BAD_OUTPUT, folder + ": holds files already; name a new folder, or empty this one");
            }
        }
        WorldClips source = new WorldClips(new World(), clips, seed);
        List<String> lines = new ArrayList<>();
        try (FrameProgress progress = new FrameProgress(console)) {
            progress.stage("render", clips);
            for (int i = 0; i < clips; i++) {
                CaptionedClip clip = source.clip(i, new Shape(size, size, frames));
                String name = String.format(Locale.ROOT, "%06d.mp4", i);
                clip.video().save(folder.resolve(name));
                Map<String, String> line = new LinkedHashMap<>();
                line.put("file_name", name);
                line.put("text", clip.caption());
                lines.add(JSON.writeValueAsString(line));
                progress.frame();
            }
            progress.finish();
        }
        Path table = folder.resolve("metadata.jsonl");
        Files.write(table, lines, StandardCharsets.UTF_8);
        console.out().println(table);
        return ExitCode.OK.number();
    }

    private void check() {
        require(clips >= 1 && clips <= 1_000_000, "--clips must be 1 to 1000000", clips);
        require(size >= SMALLEST && size % 2 == 0, "--size must be even and at least " + SMALLEST, size);
        require(frames >= 1, "--frames must be at least 1", frames);
    }

    private static void require(boolean right, String rule, Object found) {
        if (!right) {
            throw new IllegalArgumentException(rule + ", found " + found);
        }
    }
}
