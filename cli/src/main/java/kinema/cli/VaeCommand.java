package kinema.cli;

import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoAutoencoder;
import kinema.system.OpenOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kinema vae}: a model's autoencoder alone, in two commands. */
@Command(
        name = "vae",
        description = {"Encodes videos to latents, or decodes them, with a model's autoencoder alone.", ""},
        sortOptions = false,
        synopsisSubcommandLabel = "encode|decode",
        footer = {
            "",
            "Examples:",
            "  kinema vae encode cat.mp4 cat.safetensors",
            "  kinema vae decode cat.safetensors back.mp4"
        })
final class VaeCommand {
    private VaeCommand() {}

    /** The command with its two. */
    static CommandLine of(Console console) {
        CommandLine vae = new CommandLine(new VaeCommand());
        vae.addSubcommand(new VaeEncodeCommand(console));
        vae.addSubcommand(new VaeDecodeCommand(console));
        return vae;
    }

    /** Opens the autoencoder; a setting that it cannot have is the checkpoint's fault, not the request's. */
    static VideoAutoencoder open(@Nullable Path model, OpenOptions options) {
        Path folder = ModelChoice.folder(model);
        try {
            return Kinema.openVae(folder, options);
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCode.BAD_MODEL, folder + ": " + e.getMessage(), e);
        }
    }
}
