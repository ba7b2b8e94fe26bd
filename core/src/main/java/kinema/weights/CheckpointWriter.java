package kinema.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** Writes a network's weights as they are published: one safetensors file, or shards with an index. */
public final class CheckpointWriter {
    /** As large as published shards are. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    private static final String STEM = "diffusion_pytorch_model";
    private static final Map<String, String> METADATA = Map.of("format", "pt"); // what the published readers ask for

    private final Path folder;
    private final ConversionListener listener;
    private final int total;
    private int done;

    private CheckpointWriter(Path folder, ConversionListener listener, int total) {
        this.folder = folder;
        this.listener = listener;
        this.total = total;
    }

    /**
     * Writes tensors in the order of their names; one at a time is in memory.
     *
     * @param folder the network's, such as {@code transformer/}; it is made
     * @param shardBytes no file gets more than this, unless a single tensor is larger
     * @throws CancellationException when the listener ended it
     */
    public static void write(
            Path folder, Map<String, StoredTensor> tensors, long shardBytes, ConversionListener listener)
            throws IOException {
        Files.createDirectories(folder);
        new CheckpointWriter(folder, listener, tensors.size()).write(shards(new TreeMap<>(tensors), shardBytes));
    }

    private void write(List<Map<String, StoredTensor>> shards) throws IOException {
        if (shards.size() == 1) {
            writeShard(STEM + ".safetensors", shards.get(0));
            return;
        }
        ObjectNode index = new ObjectMapper().createObjectNode();
        long bytes = shards.stream()
                .flatMap(shard -> shard.values().stream())
                .mapToLong(StoredTensor::bytes)
                .sum();
        index.putObject("metadata").put("total_size", bytes);
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("%s-%05d-of-%05d.safetensors", STEM, i + 1, shards.size());
            writeShard(name, shards.get(i));
            shards.get(i).keySet().forEach(key -> map.put(key, name));
        }
        Files.writeString(folder.resolve(STEM + ".safetensors.index.json"), index.toPrettyString() + "\n");
    }

    private void writeShard(String name, Map<String, StoredTensor> tensors) throws IOException {
        SafetensorsWriter.writeStored(folder.resolve(name), tensors, METADATA, () -> {
            listener.step(++done, total);
            if (listener.cancelled()) {
                throw new CancellationException("the conversion was cancelled");
            }
        });
    }

    private static List<Map<String, StoredTensor>> shards(Map<String, StoredTensor> tensors, long shardBytes) {
        List<Map<String, StoredTensor>> shards = new ArrayList<>();
        long bytes = shardBytes;
        for (Map.Entry<String, StoredTensor> e : tensors.entrySet()) {
            bytes += e.getValue().bytes();
            if (shards.isEmpty() || bytes > shardBytes) {
                shards.add(new LinkedHashMap<>());
                bytes = e.getValue().bytes();
            }
            shards.get(shards.size() - 1).put(e.getKey(), e.getValue());
        }
        return shards;
    }
}
