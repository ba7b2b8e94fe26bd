package kinema.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A SHA-256 digest of texts, bytes and tensors in the order in which they are added. For one thread. */
public final class Sha256 {
    private static final int CHUNK = 1 << 20;

    private final MessageDigest digest;

    /** Of nothing yet. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds a text, in UTF-8. */
    public Sha256 add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Adds bytes. */
    public Sha256 add(byte[] bytes) {
        digest.update(bytes);
        return this;
    }

    /** Adds what is left of a buffer. */
    public Sha256 add(ByteBuffer bytes) {
        digest.update(bytes);
        return this;
    }

    /** Adds what tells a tensor apart beside its numbers: a line with its name, dtype and shape. */
    Sha256 addHead(String name, ScalarType dtype, long[] shape) {
        return add('\n' + name + ' ' + Dtypes.name(dtype) + ' ' + Shapes.text(shape) + '\n');
    }

    /** Adds a tensor: a line with its name, dtype and shape, then all its numbers as they lie in memory. */
    public Sha256 add(String name, Tensor tensor) {
        addHead(name, tensor.scalar_type(), tensor.shape());
        return addNumbers(tensor);
    }

    /** Adds a tensor's numbers as they lie in memory. */
    Sha256 addNumbers(Tensor tensor) {
        Scopes.run(() -> {
            Tensor whole = tensor.contiguous();
            long size = whole.nbytes();
            byte[] chunk = new byte[(int) Math.min(CHUNK, size)];
            try (Pointer data = whole.data_ptr()) {
                BytePointer bytes = new BytePointer(data).capacity(size);
                for (long at = 0; at < size; at += chunk.length) {
                    int count = (int) Math.min(chunk.length, size - at);
                    bytes.position(at).get(chunk, 0, count);
                    digest.update(chunk, 0, count);
                }
            }
        });
        return this;
    }

    /** The digest in hex; nothing may be added to it after. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
