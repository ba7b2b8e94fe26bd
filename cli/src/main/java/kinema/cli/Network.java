package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kinema.tensor.Dtypes;
import kinema.tensor.Shapes;
import kinema.weights.Safetensors;

/**
 * One network of a checkpoint, as its files' headers describe it.
 *
 * @param name the part of the model, which is its folder's name too
 * @param type the class {@code model_index.json} names
 * @param files safetensors files; 0 for a network that comes with Kinema
 * @param bytes size of those files
 * @param parameters number of parameters by the dtype they are stored in
 * @param shapes of the tensors by key
 */
record Network(
        String name, String type, int files, long bytes, Map<String, Long> parameters, Map<String, List<Long>> shapes) {

    /** Reads the headers of a network's files. */
    static Network ofFiles(String name, String type, List<Path> files) throws IOException {
        Map<String, Long> parameters = new TreeMap<>();
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
            for (Safetensors.Entry entry : Safetensors.header(file).values()) {
                parameters.merge(Dtypes.name(entry.dtype()), Shapes.count(entry.shape()), Long::sum);
                shapes.put(entry.key(), Arrays.stream(entry.shape()).boxed().toList());
            }
        }
        return new Network(name, type, files.size(), bytes, parameters, shapes);
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

    /** Bytes of memory once every parameter is a 32-bit number. */
    long bytesInFloat32() {
        return count() * Float.BYTES;
    }
}
