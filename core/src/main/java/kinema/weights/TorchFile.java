package kinema.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.files.SmallFile;
import kinema.weights.StoredZip.Span;
import kinema.weights.pickle.PickleException;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@code torch.save}, memory-mapped: a zip of one pickle and the storages it refers to, or what PyTorch wrote before version
 * 1.6 ({@link LegacyTorch}). The pickle is read as data, nothing in it is run; what is not needed to rebuild tensors is refused by name.
 *
 * <p>The whole is checked before anything is mapped, so a damaged file ends in a {@link WeightsException}, not in a fault
 * of the JVM.
 */
public final class TorchFile implements TensorArchive {
    static final int MAX_PICKLE = 32 << 20; // bytes
    private static final List<String> ENDINGS = List.of(".pt", ".pth", ".ckpt", ".bin");

    /** Under what training programs keep the weights among their other state. */
    private static final List<String> STATES = List.of("model", "module", "state_dict");

    private final Path file;
    private final MappedFile mapped;
    private final Map<String, StoredTensor> tensors;

    private TorchFile(Path file, MappedFile mapped, Map<String, StoredTensor> tensors) {
        this.file = file;
        this.mapped = mapped;
        this.tensors = tensors;
    }

    /** Whether a file's name ends as those of PyTorch do. */
    public static boolean named(Path file) {
        return ENDINGS.stream().anyMatch(file.toString()::endsWith);
    }

    /**
     * Opens and checks a file.
     *
     * @throws WeightsException for a missing, truncated or damaged file, or one that holds more than data
     */
    public static TorchFile open(Path file) {
        try (SeekableByteChannel in = SmallFile.open(file)) {
            TorchPickle pickle = LegacyTorch.isOne(in) ? LegacyTorch.read(file, in) : zipped(file, in);
            MappedFile mapped = new MappedFile(file, in.size());
            try {
                Object root = pickle.load(new TorchGlobals(pickle.storages(), mapped, in.size()));
                return new TorchFile(file, mapped, tensors(file, root));
            } catch (PickleException e) {
                mapped.close();
                throw new WeightsException(file + ": " + pickle.name() + ": " + e.getMessage(), e);
            } catch (RuntimeException e) {
                mapped.close();
                throw e;
            }
        } catch (IOException e) {
            throw WeightsException.unreadable(file, e);
        }
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public void close() {
        mapped.close();
    }

    private static TorchPickle zipped(Path file, SeekableByteChannel in) throws IOException {
        requireZip(file, in);
        Map<String, Span> entries = StoredZip.read(file, in);
        String pickle = pickle(file, entries);
        String folder = pickle.substring(0, pickle.length() - "data.pkl".length());
        requireLittleEndian(file, in, entries.get(folder + "byteorder"));
        return new TorchPickle(
                pickle, bytes(file, in, entries.get(pickle)), 0, key -> entries.get(folder + "data/" + key));
    }

    private static void requireZip(Path file, SeekableByteChannel in) throws IOException {
        byte[] start = new byte[2];
        in.position(0);
        in.read(ByteBuffer.wrap(start));
        if (start[0] != 'P' || start[1] != 'K') {
            throw new WeightsException(file + ": not a zip file, as PyTorch writes them; download it again");
        }
    }

    private static String pickle(Path file, Map<String, Span> entries) {
        List<String> pickles = entries.keySet().stream()
                .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
                .toList();
        if (pickles.size() != 1) {
            throw new WeightsException(file + ": a zip with " + pickles.size()
                    + " entries named data.pkl, expected one;" + " it was not written by torch.save");
        }
        return pickles.get(0);
    }

    private static void requireLittleEndian(Path file, SeekableByteChannel in, @Nullable Span order)
            throws IOException {
        if (order != null) {
            String text = new String(bytes(file, in, order), StandardCharsets.UTF_8);
            if (!text.equals("little")) {
                throw new WeightsException(file + ": its byte order is '" + text + "', expected 'little'");
            }
        }
    }

    private static byte[] bytes(Path file, SeekableByteChannel in, @Nullable Span span) throws IOException {
        if (span == null || span.size() > MAX_PICKLE) {
            throw new WeightsException(file + ": its pickle is larger than " + MAX_PICKLE + " bytes; it is damaged");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) span.size());
        in.position(span.begin());
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        return buffer.array();
    }

    private static Map<String, StoredTensor> tensors(Path file, @Nullable Object root) {
        Object state = root;
        for (int depth = 0; depth < STATES.size() && inner(state) != null; depth++) {
            state = inner(state);
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        if (state instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (key instanceof String name && value instanceof StoredTensor tensor) {
                    tensors.put(name, tensor);
                }
            });
        }
        if (tensors.isEmpty()) {
            throw new WeightsException(
                    file + ": holds no named tensors, neither at the top nor under " + String.join(", ", STATES));
        }
        return tensors;
    }

    private static @Nullable Object inner(@Nullable Object state) {
        if (state instanceof Map<?, ?> map) {
            for (String key : STATES) {
                if (map.get(key) instanceof Map<?, ?> inner) {
                    return inner;
                }
            }
        }
        return null;
    }
}
