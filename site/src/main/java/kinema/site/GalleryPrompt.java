package kinema.site;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of the gallery's prompts.
 *
 * @param text the prompt
 * @param seed of its random numbers
 * @param clip the clip's file, from the project's folder
 */
record GalleryPrompt(String text, long seed, Path clip) {
    /** All lines, in order. */
    static List<GalleryPrompt> read(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<GalleryPrompt> prompts = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode node = json.readTree(line);
            prompts.add(new GalleryPrompt(
                    node.required("prompt").asText(),
                    node.required("seed").asLong(),
                    Path.of(node.required("out").asText())));
        }
        return prompts;
    }
}
