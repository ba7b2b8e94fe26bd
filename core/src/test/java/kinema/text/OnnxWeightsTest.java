package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import kinema.weights.Init;
import kinema.weights.Weights;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class OnnxWeightsTest {
    private static final byte[] MATRIX = tensor("onnx::MatMul_9", new long[] {2, 3}, 1, 2, 3, 4, 5, 6);
    private static final byte[] BIAS = tensor("encoder.up.bias", new long[] {3}, 7, 8, 9);
    private static final byte[] MODEL = model(node("/encoder/up/MatMul", "x", "onnx::MatMul_9"), MATRIX, BIAS);

    @Test
    void aMatrixIsNamedByItsNodeAndTurned() {
        try (OnnxWeights weights = read(MODEL)) {
            Scopes.run(() -> {
                Tensor turned = weights.leaf("encoder.up.weight", Init.ZEROS, new long[] {3, 2});
                assertThat(Tensors.floats(turned)).containsExactly(1, 4, 2, 5, 3, 6);
                Tensor bias = weights.leaf("encoder.up.bias", Init.ZEROS, new long[] {3});
                assertThat(Tensors.floats(bias)).containsExactly(7, 8, 9);
            });
        }
    }

    @Test
    void aMissingKeyIsAnError() {
        try (OnnxWeights weights = read(MODEL)) {
            assertThatThrownBy(() -> new MiniLmEncoder(new Weights(weights)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("test.onnx: no float32 initialiser 'embeddings.word_embeddings.weight' among its 2; "
                            + "this is the export of another network");
        }
    }

    @Test
    void anotherShapeIsAnError() {
        try (OnnxWeights weights = read(MODEL)) {
            assertThatThrownBy(() -> weights.leaf("encoder.up.weight", Init.ZEROS, new long[] {2, 3}))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("test.onnx: 'encoder.up.weight' must have shape (2, 3), found (3, 2)");
        }
    }

    @Test
    void damagedFilesAreErrorsAndLeaveNothingBehind() {
        long before = LivePointers.settled();
        for (int length = 1; length < MODEL.length; length++) {
            byte[] cut = Arrays.copyOf(MODEL, length);
            assertThatThrownBy(() -> read(cut))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith("test.onnx: not a whole ONNX file: ");
        }
        byte[] wrongSize = model(BIAS, tensor("b", new long[] {4}, 1, 2, 3));
        assertThatThrownBy(() -> read(wrongSize)).hasMessageContaining("an initialiser of shape (4) has 12 bytes");
        byte[] huge = model(BIAS, tensor("b", new long[] {1L << 40, 1L << 40}, 1));
        assertThatThrownBy(() -> read(huge)).hasMessageContaining("has 4 bytes");
        byte[] negative = model(tensor("b", new long[] {-1, -1}, 1));
        assertThatThrownBy(() -> read(negative)).hasMessageContaining("an initialiser of shape");
        byte[] twice = model(BIAS, BIAS);
        assertThatThrownBy(() -> read(twice)).hasMessageContaining("two initialisers are called 'encoder.up.bias'");
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static OnnxWeights read(byte[] model) {
        return OnnxWeights.read("test.onnx", new ByteArrayInputStream(model));
    }

    private static byte[] model(byte[]... graphFields) {
        return field(7, join(graphFields));
    }

    private static byte[] node(String name, String... inputs) {
        byte[][] parts = new byte[inputs.length + 2][];
        for (int i = 0; i < inputs.length; i++) {
            parts[i] = field(1, inputs[i].getBytes(StandardCharsets.UTF_8));
        }
        parts[inputs.length] = field(3, name.getBytes(StandardCharsets.UTF_8));
        parts[inputs.length + 1] = field(4, "MatMul".getBytes(StandardCharsets.UTF_8));
        return field(1, join(parts));
    }

    private static byte[] tensor(String name, long[] shape, float... values) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        ByteArrayOutputStream dims = new ByteArrayOutputStream();
        for (long size : shape) {
            dims.writeBytes(join(varint(1 << 3), varint(size)));
        }
        return field(
                5,
                join(
                        dims.toByteArray(),
                        join(varint(2 << 3), varint(1)),
                        field(8, name.getBytes(StandardCharsets.UTF_8)),
                        field(9, raw.array())));
    }

    private static byte[] field(int number, byte[] content) {
        return join(varint(number << 3 | 2), varint(content.length), content);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while (rest >>> 7 != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
