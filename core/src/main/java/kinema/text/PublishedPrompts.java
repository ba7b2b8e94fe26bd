package kinema.text;

import java.nio.file.Files;
import java.nio.file.Path;
import kinema.weights.ConfigFile;

/** Prompts through a text encoder whose weights and config are in a folder. */
abstract class PublishedPrompts implements PromptEncoder {
    private final Path folder;

    PublishedPrompts(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    ConfigFile configFile() {
        return ConfigFile.read(file());
    }

    private Path file() {
        return folder.resolve("config.json");
    }

    @Override
    public String source() {
        return file().toString();
    }

    @Override
    public boolean isThere() {
        return Files.isDirectory(folder);
    }
}
