package kinema.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import kinema.files.StrictJson;

/** The files of weights in a network's folder. */
public final class WeightFiles {
    private static final int MAX_SHARDS = 1000;
    private static final String TORCH = "pytorch_model.bin";
    private static final List<String> ENDINGS = List.of(".safetensors", TORCH);
    private static final Pattern SHARD = Pattern.compile("[^/\\\\\\x00-\\x1f]+\\.(safetensors|bin)");

    private WeightFiles() {}

    /**
     * The files a network's folder stands for: safetensors, where there are none PyTorch's; an index with its shards, or one
     * file, of those with a variant in their name ({@code model.fp16.safetensors}) and one without the latter.
     *
     * @throws WeightsException when there is none, or the index names a shard that is not there
     */
    public static List<Path> of(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(
                    folder + ": no such folder; a checkpoint has one for each network that its model_index.json names");
        }
        List<Path> single = new ArrayList<>();
        List<Path> indexes = new ArrayList<>();
        for (int i = 0; i < ENDINGS.size() && single.isEmpty() && indexes.isEmpty(); i++) {
            single.addAll(plain(list(folder, ENDINGS.get(i))));
            indexes.addAll(list(folder, ENDINGS.get(i) + ".index.json"));
        }
        if (indexes.size() == 1) {
            return shards(folder, indexes.get(0));
        }
        if (single.size() != 1) {
            throw new WeightsException(
                    folder + ": expected one *.safetensors file or one *.safetensors.index.json, found " + single.size()
                            + " and " + indexes.size() + (single.isEmpty() ? ", and no *" + TORCH + " either" : "")
                            + ", in a folder of a network that its model_index.json names");
        }
        return single;
    }

    /** Those without a variant in their name; all of them where each has one. */
    private static List<Path> plain(List<Path> files) {
        List<Path> plain = files.stream()
                .filter(file -> file.getFileName()
                                .toString()
                                .chars()
                                .filter(c -> c == '.')
                                .count()
                        == 1)
                .toList();
        return plain.isEmpty() ? files : plain;
    }

    private static List<Path> shards(Path folder, Path index) {
        JsonNode map;
        try {
            map = StrictJson.read(index).path("weight_map");
        } catch (JsonProcessingException e) {
            throw new WeightsException(index + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw WeightsException.unreadable(index, e);
        }
        String ending = index.toString().endsWith(TORCH + ".index.json") ? ".bin" : ".safetensors";
        Set<String> names = new TreeSet<>();
        for (JsonNode name : map) {
            String text = name.isTextual() ? name.asText() : "";
            if (!SHARD.matcher(text).matches() || !text.endsWith(ending)) {
                throw new WeightsException(index + ": weight_map must give names of " + ending
                        + " files in its folder, found " + name + "; download it again");
            }
            names.add(name.asText());
        }
        if (!map.isObject() || names.isEmpty()) {
            throw new WeightsException(index + ": has no weight_map of keys and shard files");
        }
        if (names.size() > MAX_SHARDS) {
            throw new WeightsException(
                    index + ": names " + names.size() + " shards; no network has more than " + MAX_SHARDS);
        }
        List<Path> shards = names.stream().map(folder::resolve).toList();
        List<String> absent = shards.stream()
                .filter(shard -> !Files.isRegularFile(shard))
                .map(shard -> shard.getFileName().toString())
                .toList();
        if (!absent.isEmpty()) {
            throw new WeightsException(index + ": names " + shards.size() + " shards, " + absent.size() + " not there"
                    + KeyCheck.some(absent) + "; download them into " + folder);
        }
        return shards;
    }

    private static List<Path> list(Path folder, String suffix) {
        return FolderContents.of(folder).stream()
                .filter(p -> p.getFileName().toString().endsWith(suffix))
                .toList();
    }
}
