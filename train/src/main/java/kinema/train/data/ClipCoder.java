package kinema.train.data;

import java.util.List;
import java.util.Map;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import org.bytedeco.pytorch.Tensor;

/** Turns clips into what a network is trained on, such as latents and text states. */
public interface ClipCoder extends AutoCloseable {
    /** What the result depends on besides the clips, in words. */
    String origin();

    /**
     * Codes clips of one shape.
     *
     * @param seed of all that is random
     * @return tensors by name, a row for each clip, in the dtypes they are kept in
     */
    Map<String, Tensor> code(List<CaptionedClip> clips, ClipSource.Shape shape, long seed);

    @Override
    void close();
}
