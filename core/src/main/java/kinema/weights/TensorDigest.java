package kinema.weights;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Tells networks apart by their tensors, in whatever files these lie: SHA-256 over names, dtypes, shapes and the first 1024
 * numbers of each tensor, in order of the names. Any training changes these numbers.
 */
public final class TensorDigest {
    private static final long SAMPLE = 1024;

    private TensorDigest() {}

    /**
     * The digest in hex.
     *
     * @param settings what belongs to the network besides its tensors
     */
    public static String of(String settings, Map<String, StoredTensor> tensors) {
        MessageDigest sha = sha256();
        sha.update(settings.getBytes(StandardCharsets.UTF_8));
        new TreeMap<>(tensors).forEach((name, tensor) -> add(name, tensor, sha));
        return HexFormat.of().formatHex(sha.digest());
    }

    private static void add(String name, StoredTensor tensor, MessageDigest sha) {
        String head = '\n' + name + ' ' + Dtypes.name(tensor.dtype()) + ' ' + Shapes.text(tensor.shape()) + '\n';
        sha.update(head.getBytes(StandardCharsets.UTF_8));
        Scopes.run(() -> {
            Tensor flat = tensor.read().flatten();
            Tensor first = flat.narrow(0, 0, Math.min(SAMPLE, flat.numel())).contiguous();
            byte[] bytes = new byte[Math.toIntExact(first.nbytes())];
            try (Pointer data = first.data_ptr()) {
                new BytePointer(data).capacity(bytes.length).get(bytes);
            }
            sha.update(bytes);
        });
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
