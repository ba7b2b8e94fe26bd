package kinema.cli;

import java.nio.file.Path;
import kinema.train.world.World;
import picocli.CommandLine.Option;

/** How many of the world's prompts are judged, and where the report goes. */
final class ReportOptions {
    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Where the report goes. Default: the folder 'evaluation' in the current one.")
    private Path out = Path.of("evaluation");

    @Option(names = "--prompts", paramLabel = "N", description = "How many prompts, from the first. Default: 100.")
    private Integer prompts = 100;

    @Option(names = "--json", description = "Print the totals as one JSON object, and no progress.")
    private boolean json;

    Path out() {
        return out;
    }

    int prompts() {
        return prompts;
    }

    boolean json() {
        return json;
    }

    /**
     * Throws when a world has no such prompts, before anything is opened or read.
     *
     * @throws IllegalArgumentException naming the number
     */
    void check(World world) {
        world.evaluationPrompts(prompts);
    }
}
