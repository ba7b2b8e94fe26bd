package kinema.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.files.Partial;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/** Writes safetensors files. A file appears under its name only when it is complete. */
public final class SafetensorsWriter {
    /** What a file's name ends with until it is complete. */
    public static final String UNFINISHED = ".partial";

    private static final int CHUNK = 64 << 20;

    /** As PyTorch aligns storages: the last bit of a matrix product depends on where its numbers lie in memory. */
    private static final int ALIGNMENT = 64;

    private static final ObjectMapper JSON = new ObjectMapper();

    private SafetensorsWriter() {}

    /**
     * Writes tensors in the map's order, each in its own dtype.
     *
     * @param metadata text pairs for the header; may be empty
     * @throws IOException when the file cannot be written; nothing is left behind then
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        tensors.forEach((key, tensor) -> stored.put(key, StoredTensor.of(tensor)));
        writeStored(file, stored, metadata, () -> {});
    }

    /** Where a file is written until it is complete; one that a killed process left there is written over. */
    public static Path unfinished(Path file) {
        return file.resolveSibling(file.getFileName() + UNFINISHED);
    }

    /**
     * Writes tensors in the map's order, each in its own dtype; one at a time is in memory.
     *
     * @param metadata text pairs for the header; may be empty
     * @param written told after each tensor
     * @throws IOException when the file cannot be written; nothing is left behind then
     */
    static void writeStored(
            Path file, Map<String, StoredTensor> tensors, Map<String, String> metadata, Runnable written)
            throws IOException {
        byte[] header = header(tensors, metadata);
        Path target = Partial.followed(file);
        Path partial = unfinished(target);
        try {
            try (FileChannel out = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                writeAll(out, length.putLong(header.length).flip());
                writeAll(out, ByteBuffer.wrap(header));
                for (StoredTensor t : tensors.values()) {
                    write(out, t);
                    written.run();
                }
                out.force(true); // else a power cut after the move could leave an empty file under the name
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static byte[] header(Map<String, StoredTensor> tensors, Map<String, String> metadata) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode pairs = root.putObject("__metadata__");
            metadata.forEach(pairs::put);
        }
        long offset = 0;
        for (Map.Entry<String, StoredTensor> e : tensors.entrySet()) {
            StoredTensor t = e.getValue();
            ObjectNode node = root.putObject(e.getKey());
            node.put("dtype", Dtypes.name(t.dtype()));
            var shape = node.putArray("shape");
            for (long size : t.shape()) {
                shape.add(size);
            }
            long end = offset + t.bytes();
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] json = JSON.writeValueAsBytes(root);
        int padded = (8 + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 8; // the data starts aligned
        byte[] out = (new String(json, StandardCharsets.UTF_8) + " ".repeat(padded - json.length))
                .getBytes(StandardCharsets.UTF_8);
        return out;
    }

    private static void write(FileChannel out, StoredTensor tensor) throws IOException {
        try (Tensor detached = Scopes.keep(() -> tensor.read().contiguous());
                Pointer data = detached.data_ptr()) {
            BytePointer bytes = new BytePointer(data);
            for (long at = 0; at < detached.nbytes(); at += CHUNK) {
                long count = Math.min(CHUNK, detached.nbytes() - at);
                writeAll(
                        out,
                        new BytePointer(bytes).position(at).capacity(at + count).asByteBuffer());
            }
        }
    }

    private static void writeAll(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}
