package kinema.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The safetensors files of one network's folder, single or sharded, as the source of a weight tree.
 *
 * <p>Loading is strict: {@link #load} makes the network and then reports every missing, unexpected and wrongly shaped
 * key together. Leaves are converted to the compute dtype; where the file has it already they stay views of the mapping.
 * The tensors live until {@link #close}.
 */
public final class Checkpoint implements WeightSource, AutoCloseable {
    private static final int SHOWN = 5;

    private final Path folder;
    private final ScalarType dtype;
    private final Map<String, StoredTensor> byKey = new LinkedHashMap<>();
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final Set<String> used = new LinkedHashSet<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> misshapen = new ArrayList<>();

    private Checkpoint(Path folder, ScalarType dtype) {
        this.folder = folder;
        this.dtype = dtype;
    }

    /**
     * Opens all safetensors of a network's folder.
     *
     * @param folder such as {@code transformer/}: one {@code *.safetensors}, or an index with its shards
     * @param dtype the compute dtype leaves are converted to
     * @throws WeightsException when a file is missing or damaged
     */
    public static Checkpoint open(Path folder, ScalarType dtype) {
        Checkpoint checkpoint = new Checkpoint(folder, dtype);
        try {
            for (Path file : files(folder)) {
                checkpoint.add(Safetensors.open(file));
            }
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /**
     * The safetensors files a network's folder stands for.
     *
     * @throws WeightsException when there is none, or the index names a shard that is not there
     */
    public static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(folder + ": no such folder; a checkpoint has one folder per network");
        }
        List<Path> single = list(folder, ".safetensors");
        List<Path> indexes = list(folder, ".safetensors.index.json");
        if (indexes.size() == 1) {
            return shards(folder, indexes.get(0));
        }
        if (single.size() != 1) {
            throw new WeightsException(
                    folder + ": expected one *.safetensors file or one *.safetensors.index.json, found " + single.size()
                            + " and " + indexes.size());
        }
        return single;
    }

    /**
     * Lets a tensor's second name serve where files do not have its key; in a file that has both the second is dropped.
     *
     * @param other the second name
     * @param key the name the network asks for
     */
    public void alias(String other, String key) {
        StoredTensor tensor = byKey.remove(other);
        if (tensor != null) {
            byKey.putIfAbsent(key, tensor);
        }
    }

    /**
     * Adds a LoRA to the tensors it changes, from now on whenever they are read. It is closed with this checkpoint.
     *
     * @throws WeightsException when it belongs to another network
     */
    public void add(Lora lora) {
        closing.push(lora::close);
        lora.addTo(byKey);
    }

    /**
     * Makes a network from this checkpoint.
     *
     * @param network its constructor
     * @throws WeightsException listing all keys that are missing, left over or of another shape
     */
    public <T> T load(Function<Weights, T> network) {
        T made = Scopes.run(() -> network.apply(new Weights(this)));
        Set<String> unexpected = new TreeSet<>(byKey.keySet());
        unexpected.removeAll(used);
        if (!missing.isEmpty() || !misshapen.isEmpty() || !unexpected.isEmpty()) {
            throw new WeightsException(folder + ": " + missing.size() + " missing" + some(missing) + ", "
                    + unexpected.size() + " unexpected" + some(unexpected) + ", " + misshapen.size()
                    + " wrongly shaped" + some(misshapen)
                    + "; config.json and the weights do not belong together, or this is another variant");
        }
        return made;
    }

    @Override
    public Tensor leaf(String key, Init init, long[] shape) {
        StoredTensor stored = byKey.get(key);
        if (stored == null) {
            missing.add(key);
            return torch.zeros(shape);
        }
        used.add(key);
        long[] found = stored.shape();
        if (!Arrays.equals(found, shape)) {
            misshapen.add(key + " needs " + Shapes.text(shape) + ", file has " + Shapes.text(found));
            return torch.zeros(shape);
        }
        Tensor leaf = Scopes.own(Scopes.keep(() -> stored.read().to(dtype)));
        owned.add(leaf);
        return leaf;
    }

    @Override
    public void close() {
        owned.forEach(Scopes::free);
        owned.clear();
        closing.forEach(Runnable::run);
        closing.clear();
    }

    private void add(TensorArchive archive) {
        closing.push(archive::close);
        archive.tensors().forEach((key, tensor) -> {
            if (byKey.put(key, tensor) != null) {
                throw new WeightsException(archive.file() + ": '" + key + "' is also in another file of " + folder);
            }
        });
    }

    private static List<Path> shards(Path folder, Path index) {
        JsonNode map;
        try {
            map = new ObjectMapper().readTree(index.toFile()).path("weight_map");
        } catch (IOException e) {
            throw new WeightsException(index + ": cannot be read as JSON: " + e.getMessage(), e);
        }
        Set<String> names = new TreeSet<>();
        map.forEach(name -> names.add(name.asText()));
        if (names.isEmpty()) {
            throw new WeightsException(index + ": has no weight_map of keys and shard files");
        }
        List<Path> shards = names.stream().map(folder::resolve).toList();
        List<String> absent = shards.stream()
                .filter(shard -> !Files.isRegularFile(shard))
                .map(shard -> shard.getFileName().toString())
                .toList();
        if (!absent.isEmpty()) {
            throw new WeightsException(index + ": names " + shards.size() + " shards, " + absent.size() + " not there"
                    + some(absent) + "; download them into " + folder);
        }
        return shards;
    }

    private static List<Path> list(Path folder, String suffix) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(p -> p.getFileName().toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new WeightsException(folder + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    private static String some(Collection<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        String shown = String.join(", ", names.stream().limit(SHOWN).toList());
        return " (" + shown + (names.size() > SHOWN ? ", …" : "") + ")";
    }
}
