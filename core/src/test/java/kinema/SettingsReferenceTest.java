package kinema;

import static kinema.testing.GeneratedPage.cell;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import kinema.system.Setting;
import kinema.system.VideoSystem;
import kinema.testing.GeneratedPage;
import kinema.testing.Golden;
import kinema.testing.TinyCogVideo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference of settings is made of the systems' own schemas. */
class SettingsReferenceTest {
    @TempDir
    private Path folder;

    private final StringBuilder page = new StringBuilder();

    @Test
    void isWhatTheSchemasSay() throws IOException {
        page.append("# Settings\n\n")
                .append(
                        "What a request may set by name: `--set KEY=VALUE`, `\"set\": {…}` in a line of `--prompts`, `set(key, value)` in a program.")
                .append(
                        " Some have an option of their own, such as `--steps`. `./kinema inspect DIR` lists those of one model with its own values;")
                .append(
                        " the values below are those of checkpoints that state none. What only the decoding depends on may be changed when a run")
                .append(" goes on.\n");
        Map<String, Path> checkpoints = checkpoints();
        for (Supplier<VideoSystem> made : Systems.ALL) {
            VideoSystem system = made.get();
            assertThat(checkpoints).as("a checkpoint of every system").containsKey(system.name());
            write(system, checkpoints.get(system.name()));
        }
        GeneratedPage.check("settings.md", page.toString());
    }

    private Map<String, Path> checkpoints() {
        Map<String, Path> checkpoints = new LinkedHashMap<>();
        checkpoints.put("cogvideox", Golden.folder("t2v-2b").resolve("model"));
        checkpoints.put("show1", Golden.file("show1"));
        checkpoints.put("cogvideo", TinyCogVideo.authors(folder));
        return checkpoints;
    }

    private void write(VideoSystem system, Path checkpoint) {
        page.append("\n## " + system.name() + "\n\n| key | value | left open | |\n|---|---|---|---|\n");
        for (Setting<?> setting : system.rules(checkpoint).settings().settings()) {
            String standard = setting.standardValue()
                    .map(value -> value.toString().isEmpty() ? "empty" : "`" + value + "`")
                    .orElse("none, or by another setting");
            String effect = setting.effect() == Setting.Effect.DECODING ? "; decoding alone" : "";
            page.append("| `" + setting.key() + "` | " + cell(setting.type().expected()) + " | " + cell(standard)
                    + " | " + cell(setting.words()) + effect + " |\n");
        }
    }
}
