package kinema.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of {@code torch.save} that holds another file's numbers in another order: its pickle is stored as PyTorch wrote
 * it, its storages are put together anew.
 *
 * <pre>{@code
 * {"pickle": "vae.pkl", "storages": "vae.json", "of": "../t2v-2b", "file": "model/vae/model.safetensors", "dtype": "F32"}
 * }</pre>
 *
 * <p>{@code of} is the fixture and {@code file} the file in its rules whose tensors are taken. {@code storages} is a list
 * with an entry for each storage, in PyTorch's numbering: a list of pieces {@code [key, first, count]}, one after the
 * other, or how many zeros.
 */
final class SeededPickle {
    private SeededPickle() {}

    /** Writes the file that a rule describes. */
    static void write(Path file, Path fixture, JsonNode rule) throws IOException {
        Path of = fixture.resolve(rule.get("of").asText());
        SeededTensor.Type type = SeededTensor.Type.valueOf(rule.get("dtype").asText());
        Map<String, byte[]> numbers = SeededFolder.numbers(of, rule.get("file").asText(), type);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put(
                "archive/data.pkl",
                Files.readAllBytes(fixture.resolve(rule.get("pickle").asText())));
        for (JsonNode storage :
                SeededFolder.json(fixture.resolve(rule.get("storages").asText()))) {
            entries.put("archive/data/" + (entries.size() - 1), storage(storage, numbers, type.bytes));
        }
        Pickle.zip(file, entries);
    }

    private static byte[] storage(JsonNode pieces, Map<String, byte[]> numbers, int width) {
        if (pieces.isNumber()) {
            return new byte[pieces.asInt() * width];
        }
        ByteArrayOutputStream storage = new ByteArrayOutputStream();
        for (JsonNode piece : pieces) {
            byte[] tensor = numbers.get(piece.get(0).asText());
            storage.write(tensor, piece.get(1).asInt() * width, piece.get(2).asInt() * width);
        }
        return storage.toByteArray();
    }
}
