package kinema.text.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Reference ids of a set of texts, made by golden_text.py. */
record TokenCases(List<Case> cases) {
    static final Path GOLDEN = Path.of("src/test/resources/golden");

    record Case(String text, long[] ids) {}

    static TokenCases read(String name) throws IOException {
        List<Case> cases = new ArrayList<>();
        for (JsonNode node : new ObjectMapper()
                .readTree(GOLDEN.resolve("text").resolve(name).toFile())
                .path("cases")) {
            long[] ids = StreamSupport.stream(node.path("ids").spliterator(), false)
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            cases.add(new Case(node.path("text").asText(), ids));
        }
        return new TokenCases(cases);
    }
}
