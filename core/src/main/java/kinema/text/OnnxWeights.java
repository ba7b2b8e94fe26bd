package kinema.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.text.protobuf.ProtobufReader;
import kinema.weights.Init;
import kinema.weights.WeightSource;
import kinema.weights.WeightsException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The float32 initialisers of an ONNX graph as the source of a weight tree.
 *
 * <p>PyTorch's exporter keeps a parameter's name, but the matrix of a linear layer it stores turned, (in, out), under a
 * made-up name. That matrix gets its name back from the MatMul node that uses it: {@code
 * /encoder/layer.0/output/dense/MatMul} makes it {@code encoder.layer.0.output.dense.weight}. One pass over the stream,
 * no second copy in memory. The tensors live until {@link #close}.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the format</a>
 */
public final class OnnxWeights implements WeightSource, AutoCloseable {
    private static final int MODEL_GRAPH = 7; // field numbers of onnx.proto
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_NAME = 3;
    private static final int NODE_KIND = 4;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW = 9;
    private static final int TYPE_FLOAT = 1;
    private static final String MATMUL = "/MatMul";

    private final String name;
    private final Map<String, Tensor> byKey = new HashMap<>();

    private OnnxWeights(String name) {
        this.name = name;
    }

    /**
     * Reads a whole ONNX file.
     *
     * @param name what to call it in messages
     * @param in its bytes; not closed here
     * @throws WeightsException when they are damaged or no ONNX model
     */
    public static OnnxWeights read(String name, InputStream in) {
        OnnxWeights weights = new OnnxWeights(name);
        try {
            ProtobufReader model = new ProtobufReader(in);
            while (model.next()) {
                if (model.field() == MODEL_GRAPH) {
                    weights.readGraph(model.message());
                }
            }
        } catch (IOException e) {
            weights.close();
            throw new WeightsException(name + ": not a whole ONNX file: " + e.getMessage(), e);
        }
        return weights;
    }

    @Override
    public Tensor leaf(String key, Init init, long[] shape) {
        Tensor tensor = byKey.get(key);
        if (tensor == null) {
            throw new WeightsException(name + ": no float32 initialiser '" + key + "' among its " + byKey.size()
                    + "; this is the export of another network");
        }
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new WeightsException(name + ": '" + key + "' must have shape " + Shapes.text(shape) + ", found "
                    + Shapes.text(tensor.shape()));
        }
        return tensor;
    }

    @Override
    public void close() {
        byKey.values().forEach(Scopes::free);
        byKey.clear();
    }

    private void readGraph(ProtobufReader graph) throws IOException {
        Map<String, String> matrices = new HashMap<>(); // the key of each MatMul's right-hand side
        while (graph.next()) {
            switch (graph.field()) {
                case GRAPH_NODE -> readNode(graph.message(), matrices);
                case GRAPH_INITIALIZER -> readTensor(graph.message(), matrices);
                default -> {}
            }
        }
    }

    private static void readNode(ProtobufReader node, Map<String, String> matrices) throws IOException {
        List<String> inputs = new ArrayList<>();
        String path = "";
        String kind = "";
        while (node.next()) {
            switch (node.field()) {
                case NODE_INPUT -> inputs.add(node.text());
                case NODE_NAME -> path = node.text();
                case NODE_KIND -> kind = node.text();
                default -> {}
            }
        }
        if (kind.equals("MatMul") && inputs.size() == 2 && path.startsWith("/") && path.endsWith(MATMUL)) {
            String layer = path.substring(1, path.length() - MATMUL.length()).replace('/', '.');
            matrices.put(inputs.get(1), layer + ".weight");
        }
    }

    private void readTensor(ProtobufReader tensor, Map<String, String> matrices) throws IOException {
        List<Long> dims = new ArrayList<>();
        long type = 0;
        String initializer = "";
        while (tensor.next()) {
            switch (tensor.field()) {
                case TENSOR_DIMS -> dims.add(tensor.integer());
                case TENSOR_TYPE -> type = tensor.integer();
                case TENSOR_NAME -> initializer = tensor.text();
                case TENSOR_RAW -> {
                    if (type == TYPE_FLOAT) {
                        String matrix = matrices.get(initializer);
                        put(matrix == null ? initializer : matrix, read(tensor, dims, matrix != null));
                    }
                }
                default -> {}
            }
        }
    }

    private void put(String key, Tensor values) throws IOException {
        Tensor before = byKey.put(key, values);
        if (before != null) {
            Scopes.free(before);
            throw new IOException("two initialisers are called '" + key + "'");
        }
    }

    /** Reads a field of raw values straight into a new tensor. */
    private static Tensor read(ProtobufReader raw, List<Long> dims, boolean turn) throws IOException {
        long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
        if (!fits(shape, raw.size())) {
            throw new IOException("an initialiser of shape " + Shapes.text(shape) + " has " + raw.size() + " bytes");
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor values = torch.empty(shape, Dtypes.options(ScalarType.Float), null);
            raw.bytes(new BytePointer(values.data_ptr()).capacity(raw.size()).asByteBuffer());
            return Scopes.own(turn ? values.t() : values);
        }
    }

    private static boolean fits(long[] shape, long bytes) {
        try {
            return Arrays.stream(shape).allMatch(size -> size > 0)
                    && Math.multiplyExact(Shapes.count(shape), Float.BYTES) == bytes;
        } catch (ArithmeticException e) {
            return false;
        }
    }
}
