package kinema.cli;

import java.util.Map;

/**
 * One network of a checkpoint, as its files' headers describe it.
 *
 * @param name the part of the model, which is its folder's name too
 * @param type the class {@code model_index.json} names
 * @param files safetensors files; 0 for a network that comes with Kinema
 * @param bytes size of those files
 * @param parameters number of parameters by the dtype they are stored in
 */
record Network(String name, String type, int files, long bytes, Map<String, Long> parameters) {
    /** Parameters of all dtypes. */
    long count() {
        return parameters.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes of memory once every parameter is a 32-bit number. */
    long bytesInFloat32() {
        return count() * Float.BYTES;
    }
}
