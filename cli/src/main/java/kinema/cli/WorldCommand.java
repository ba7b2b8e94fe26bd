package kinema.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kinema world}: the rendered world that small models are trained and judged on, for models of any kind. */
@Command(
        name = "world",
        description = {
            "The rendered world that the small models are trained and judged on, for models made anywhere.",
            ""
        },
        sortOptions = false,
        synopsisSubcommandLabel = "render|prompts|judge",
        footer = {
            "",
            "A model that was trained on rendered clips is given the prompts, whose combinations of subject, motion"
                    + " and scene are never rendered, and its videos are judged.",
            "",
            "Examples:",
            "  kinema world render clips --clips 1000 --size 64 --frames 17",
            "  kinema world prompts --out videos > prompts.jsonl",
            "  kinema generate --prompts prompts.jsonl --model my-model",
            "  kinema world judge videos --out report"
        })
final class WorldCommand {
    private WorldCommand() {}

    /** The command with its three. */
    static CommandLine of(Console console) {
        CommandLine world = new CommandLine(new WorldCommand());
        world.addSubcommand(new WorldRenderCommand(console));
        world.addSubcommand(new WorldPromptsCommand(console));
        world.addSubcommand(new WorldJudgeCommand(console));
        return world;
    }
}
