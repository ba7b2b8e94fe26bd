package kinema.weights;

import java.util.function.Function;
import kinema.weights.StoredZip.Span;
import kinema.weights.pickle.PickleGlobals;
import kinema.weights.pickle.Unpickler;
import org.jspecify.annotations.Nullable;

/**
 * The pickle of a file of PyTorch's that says what tensors there are.
 *
 * @param name what it is called in messages
 * @param bytes with the pickle in them
 * @param begin its first byte
 * @param storages where in the file the numbers of a key lie; null where there are none
 */
record TorchPickle(String name, byte[] bytes, int begin, Function<String, @Nullable Span> storages) {
    /** What it stands for. */
    @Nullable
    Object load(PickleGlobals globals) {
        return Unpickler.load(bytes, begin, globals).value();
    }
}
