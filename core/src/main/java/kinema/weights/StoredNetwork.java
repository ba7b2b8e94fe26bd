package kinema.weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Dtypes;

/**
 * What the files of one network hold, from their headers.
 *
 * @param files those it is stored in
 * @param tensors by the key the network asks for
 */
public record StoredNetwork(List<Path> files, Map<String, Tensor> tensors) {
    /**
     * A tensor as it is stored.
     *
     * @param dtype its element type's short name, such as {@code BF16}
     * @param shape its shape
     */
    public record Tensor(String dtype, List<Long> shape) {
        /** Number of its elements. */
        public long count() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    /**
     * Reads the headers of the files of a folder.
     *
     * @throws WeightsException when one is missing or damaged
     */
    public static StoredNetwork ofFolder(Path folder) {
        List<Path> files = WeightFiles.of(folder);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Path file : files) {
            try (TensorArchive archive = TensorArchive.open(file)) {
                tensors.putAll(described(archive.tensors()));
            }
        }
        return new StoredNetwork(files, tensors);
    }

    /** Takes the headers of tensors of one file, by the keys the network asks for. */
    public static StoredNetwork of(Path file, Map<String, StoredTensor> byKey) {
        return new StoredNetwork(List.of(file), described(byKey));
    }

    private static Map<String, Tensor> described(Map<String, StoredTensor> stored) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        stored.forEach(
                (key, tensor) -> tensors.put(key, new Tensor(Dtypes.name(tensor.dtype()), list(tensor.shape()))));
        return tensors;
    }

    private static List<Long> list(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }
}
