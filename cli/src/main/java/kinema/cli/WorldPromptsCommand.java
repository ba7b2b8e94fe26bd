package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.train.world.Prompt;
import kinema.train.world.World;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kinema world prompts}: what a model is judged by. */
@Command(
        name = "prompts",
        description = {"Prints the prompts that models of the world are judged by.", ""},
        sortOptions = false,
        footer = {
            "",
            "Each line is a JSON object with the prompt, a seed, and the name under which 'kinema world judge' looks"
                    + " for the video; 'kinema generate --prompts' reads them.",
            "",
            "Example: kinema world prompts --out videos > prompts.jsonl"
        })
final class WorldPromptsCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Console console;

    @Option(names = "--prompts", paramLabel = "N", description = "How many, from the first. Default: 100.")
    private Integer prompts = 100;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "The folder that the videos will be in. Default: the current one.")
    private Path out = Path.of("");

    WorldPromptsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        List<Prompt> all = new World().evaluationPrompts(prompts);
        for (int i = 0; i < all.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("prompt", all.get(i).text());
            line.put("seed", i);
            line.put("out", out.resolve(JudgedVideos.stem(i) + ".mp4").toString());
            console.out().println(JSON.writeValueAsString(line));
        }
        return ExitCode.OK.number();
    }
}
