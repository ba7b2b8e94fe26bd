package kinema.text;

import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Checks of token ids: libtorch would read beyond the embedding table's end. */
final class IdChecks {
    private IdChecks() {}

    static void check(Tensor ids, long vocabulary) {
        Shapes.check("ids", ids, Shapes.ANY, Shapes.ANY);
        if (ids.scalar_type().intern() != ScalarType.Long) {
            throw new IllegalArgumentException(
                    "ids must be int64, found " + ids.scalar_type().intern());
        }
        for (long id : Tensors.longs(ids)) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException("ids must be from 0 to " + (vocabulary - 1) + ", found " + id
                        + "; the tokenizer and the text encoder do not belong together");
            }
        }
    }
}
