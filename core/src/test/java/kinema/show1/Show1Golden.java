package kinema.show1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kinema.GenerationRequest;
import kinema.system.Sampling;
import kinema.system.VideoSize;
import kinema.testing.Golden;
import kinema.testing.SeededFolder;

/**
 * A small Show-1 and what its authors' pipelines make of it, by show1_golden.py; another folder of the same form by
 * {@code -Dkinema.golden.show1}.
 *
 * @param folder the checkpoints, {@code request.json} and {@code expected.safetensors}
 * @param request what was asked for
 */
record Show1Golden(Path folder, JsonNode request) {
    private static final String PROPERTY = "kinema.golden.show1";

    /** The project's own. */
    static Show1Golden own() throws IOException {
        return in(Golden.file("show1"));
    }

    /** That of the property, else the project's own. */
    static Show1Golden given() throws IOException {
        String given = System.getProperty(PROPERTY, "");
        return given.isEmpty() ? own() : in(Path.of(given));
    }

    private static Show1Golden in(Path folder) throws IOException {
        return new Show1Golden(
                folder,
                new ObjectMapper().readTree(folder.resolve("request.json").toFile()));
    }

    /** The project's own fixture in an empty folder of a test, which may change it. */
    static Path copy(Path temp) {
        return SeededFolder.write(Golden.file("show1"), temp);
    }

    Path expected() {
        return folder.resolve("expected.safetensors");
    }

    /** The request in a system's terms. */
    Sampling sampling() {
        return sampling(Map.of());
    }

    /** The request with further settings. */
    Sampling sampling(Map<String, ?> more) {
        Map<String, Object> all = new LinkedHashMap<>(settings());
        all.putAll(more);
        JsonNode size = request.path("final_size");
        int frames = 4 * (request.path("frames").asInt() - 1) + 1;
        VideoSize video = new VideoSize(size.path(1).asInt(), size.path(0).asInt(), frames, 8);
        return new Sampling(
                request.path("prompt").asText(),
                request.path("seed").asLong(),
                video,
                Show1Settings.of(key -> Optional.empty()).complete(all),
                Optional.empty(),
                Optional.empty());
    }

    /** The request for key frames alone. */
    GenerationRequest.Builder keyFrames() {
        JsonNode size = request.path("base_size");
        GenerationRequest.Builder asked = GenerationRequest.of(
                        request.path("prompt").asText())
                .seed(request.path("seed").asLong())
                .size(size.path(1).asInt(), size.path(0).asInt())
                .frames(request.path("frames").asInt());
        settings().forEach(asked::set);
        return asked.set("until", "base");
    }

    private Map<String, Object> settings() {
        Map<String, String> stages = Map.of(
                "base", "base", "interp", "interpolate", "if2", "first-frame", "sr1", "upscale", "sr2", "refine");
        Map<String, Object> settings = new LinkedHashMap<>();
        stages.forEach((name, stage) -> {
            settings.put(stage + ".steps", request.path("steps").path(name).asText());
            settings.put(
                    stage + ".guidance", request.path("guidance").path(name).asText());
            if (request.path("noise_level").has(name)) {
                settings.put(
                        stage + ".noise-level",
                        request.path("noise_level").path(name).asText());
            }
        });
        settings.put("refine.strength", request.path("strength").asText());
        settings.put("negative", request.path("negative_sr2").asText());
        settings.put("key-height", request.path("base_size").path(0).asText());
        settings.put("key-width", request.path("base_size").path(1).asText());
        return settings;
    }
}
