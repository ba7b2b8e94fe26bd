package kinema.weights;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import kinema.tensor.Dtypes;
import kinema.weights.StoredZip.Span;
import kinema.weights.pickle.PickleException;
import kinema.weights.pickle.PickleFunction;
import kinema.weights.pickle.PickleGlobals;
import kinema.weights.pickle.Unpickler;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The form of {@code torch.save} before PyTorch 1.6, in which many published networks for pictures still are: pickles of a magic number,
 * a version, the writer's system, the tensors and the keys of their storages, then the storages in the order of these keys, each behind
 * its number of elements.
 */
final class LegacyTorch {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final byte[] START = {(byte) 0x80, 2, (byte) 0x8a, 10};
    private static final long VERSION = 1001;

    private final Path file;
    private final SeekableByteChannel in;
    private final byte[] head; // the file's first bytes, with all pickles in them
    private final Map<String, Numbers> known = new HashMap<>(); // of the tensors' pickle

    private record Numbers(ScalarType dtype, long count) {}

    private LegacyTorch(Path file, SeekableByteChannel in) throws IOException {
        this.file = file;
        this.in = in;
        head = new byte[(int) Math.min(in.size(), TorchFile.MAX_PICKLE)];
        in.position(0);
        fill(ByteBuffer.wrap(head));
    }

    /** Whether a file begins as this form does. */
    static boolean isOne(SeekableByteChannel in) throws IOException {
        byte[] start = new byte[START.length];
        in.position(0);
        in.read(ByteBuffer.wrap(start));
        return Arrays.equals(start, START);
    }

    /**
     * Finds the tensors' pickle and the storages.
     *
     * @throws WeightsException for a damaged file, and one that another version wrote
     */
    static TorchPickle read(Path file, SeekableByteChannel in) throws IOException {
        try {
            return new LegacyTorch(file, in).read();
        } catch (PickleException e) {
            throw new WeightsException(file + ": " + e.getMessage(), e);
        }
    }

    private TorchPickle read() throws IOException {
        Unpickler.Found magic = Unpickler.load(head, 0, new Plain());
        Unpickler.Found version = Unpickler.load(head, magic.end(), new Plain());
        Unpickler.Found system = Unpickler.load(head, version.end(), new Plain());
        boolean little = system.value() instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("little_endian"));
        if (!MAGIC.equals(magic.value()) || !Objects.equals(version.value(), VERSION) || !little) {
            throw new PickleException("begins as a file of PyTorch before 1.6, but is none of version " + VERSION
                    + " with little-endian numbers; download it again");
        }
        Unpickler.Found tensors = Unpickler.load(head, system.end(), new Plain());
        Unpickler.Found keys = Unpickler.load(head, tensors.end(), new Plain());
        Map<String, Span> storages = storages(keys);
        return new TorchPickle("its pickle", head, system.end(), storages::get);
    }

    private Map<String, Span> storages(Unpickler.Found keys) throws IOException {
        if (!(keys.value() instanceof List<?> list)) {
            throw new PickleException("has no list of its storages; it is damaged");
        }
        Map<String, Span> storages = new HashMap<>();
        long at = keys.end();
        for (Object key : list) {
            Numbers numbers = key instanceof String name ? known.get(name) : null;
            if (numbers == null) {
                throw new PickleException("lists a storage '" + key + "' that no tensor has; it is damaged");
            }
            long bytes = numbers.count * Dtypes.bytes(numbers.dtype);
            if (at > in.size() - Long.BYTES || count(at) != numbers.count || bytes > in.size() - at - Long.BYTES) {
                throw new PickleException("storage '" + key + "' of " + numbers.count + " numbers is not at byte " + at
                        + "; the file is cut off or damaged");
            }
            storages.put((String) key, new Span(at + Long.BYTES, at + Long.BYTES + bytes));
            at += Long.BYTES + bytes;
        }
        return storages;
    }

    private long count(long at) throws IOException {
        ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        in.position(at);
        fill(count);
        return count.getLong(0);
    }

    private void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (in.read(buffer) < 0) {
                throw new WeightsException(file + ": shorter than it said it is; it is being written");
            }
        }
    }

    /** Reads a pickle for its end and for the storages it refers to; what else is in it does not matter yet. */
    private final class Plain implements PickleGlobals {
        @Override
        public Optional<Object> find(String module, String name) {
            if (module.equals("torch") && name.endsWith("Storage")) {
                return Optional.of(TorchGlobals.storageType(name));
            }
            return Optional.of((PickleFunction) arguments -> new HashMap<>());
        }

        @Override
        public @Nullable Object persistent(List<@Nullable Object> id) {
            if (id.size() >= 5
                    && id.get(1) instanceof ScalarType dtype
                    && id.get(2) instanceof String key
                    && id.get(4) instanceof Long count
                    && count >= 0
                    && count <= Long.MAX_VALUE / Long.BYTES) {
                known.put(key, new Numbers(dtype, count));
            }
            return null;
        }
    }
}
