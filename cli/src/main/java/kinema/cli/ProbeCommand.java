package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import kinema.video.VideoFileException;
import kinema.video.VideoInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema probe}: what a video file holds. */
@Command(
        name = "probe",
        description = {"Shows what a video file or a folder of frames holds.", ""},
        sortOptions = false,
        footer = {"", "Example: kinema probe rocket.mp4"})
final class ProbeCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @Parameters(index = "0", paramLabel = "FILE", description = "The video file, or a folder of pictures.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    ProbeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        VideoInfo info = probe();
        String fps = GenerationReport.number(info.fps());
        if (json) {
            console.out().println(json(info));
        } else {
            console.text()
                    .println(file + ": " + info.codec() + ", " + info.frames() + " frames, " + info.width() + "x"
                            + info.height() + ", " + fps + " fps");
            if (info.provenance() != null) {
                console.text().println("made by: " + TerminalText.cut(info.provenance(), TerminalText.LINE));
            }
        }
        return ExitCode.OK.number();
    }

    private VideoInfo probe() {
        try {
            return VideoInfo.probe(file);
        } catch (VideoFileException e) {
            throw new CommandException(ExitCode.BAD_INPUT, String.valueOf(e.getMessage()), e);
        }
    }

    private static String json(VideoInfo info) throws JsonProcessingException {
        ObjectNode root = JSON.createObjectNode();
        root.put("codec", info.codec());
        root.put("frames", info.frames());
        root.put("width", info.width());
        root.put("height", info.height());
        if (info.fps() == Math.rint(info.fps())) {
            root.put("fps", (long) info.fps());
        } else {
            root.put("fps", info.fps());
        }
        if (info.provenance() != null) {
            root.put("provenance", info.provenance());
        }
        return JSON.writeValueAsString(root);
    }
}
