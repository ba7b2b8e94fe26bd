package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kinema.weights.StoredNetwork;

/**
 * One network of a checkpoint, as its files' headers describe it.
 *
 * @param name the part of the model, which is its folder's name too
 * @param type the class {@code model_index.json} names
 * @param files files it is stored in; 0 for a network that comes with Kinema
 * @param bytes size of those files
 * @param parameters number of parameters by the dtype they are stored in
 * @param shapes of the tensors by key
 */
record Network(
        String name, String type, int files, long bytes, Map<String, Long> parameters, Map<String, List<Long>> shapes) {

    /** Counts what a network's files hold. */
    static Network ofFiles(String name, String type, StoredNetwork stored) throws IOException {
        Map<String, Long> parameters = new TreeMap<>();
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        stored.tensors().forEach((key, tensor) -> {
            parameters.merge(tensor.dtype(), tensor.count(), Long::sum);
            shapes.put(key, tensor.shape());
        });
        long bytes = 0;
        for (Path file : stored.files()) {
            bytes += Files.size(file);
        }
        return new Network(name, type, stored.files().size(), bytes, parameters, shapes);
    }

    /** A network that comes with Kinema, in 32-bit numbers. */
    static Network builtIn(String name, String type, Map<String, List<Long>> shapes) {
        long count = shapes.values().stream()
                .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                .sum();
        return new Network(name, type, 0, 0, Map.of("F32", count), shapes);
    }

    /** Parameters of all dtypes. */
    long count() {
        return parameters.values().stream().mapToLong(Long::longValue).sum();
    }
}
