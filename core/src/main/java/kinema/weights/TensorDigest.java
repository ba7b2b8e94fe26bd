package kinema.weights;

import java.util.Map;
import java.util.TreeMap;
import kinema.tensor.Scopes;
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
        Sha256 sha = new Sha256().add(settings);
        new TreeMap<>(tensors).forEach((name, tensor) -> add(name, tensor, sha));
        return sha.hex();
    }

    private static void add(String name, StoredTensor tensor, Sha256 sha) {
        sha.addHead(name, tensor.dtype(), tensor.shape());
        Scopes.run(() -> {
            Tensor flat = tensor.read().flatten();
            sha.addNumbers(flat.narrow(0, 0, Math.min(SAMPLE, flat.numel())));
        });
    }
}
