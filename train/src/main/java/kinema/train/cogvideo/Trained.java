package kinema.train.cogvideo;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.cogvideo.files.Part;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;

/** A network that makes tokens, with the parameters of it that are trained. Close it. */
interface Trained extends AutoCloseable {
    /** Which part of a model is trained. */
    Part part();

    /** What is moved. */
    Parameters parameters();

    /** The part's sizes, as its {@code config.json} has them. */
    Map<String, Object> config();

    /** The mean of -log p over the tokens that are learned, a number with derivatives, of some rows. */
    Tensor loss(TokenRows rows, List<Row> some, SplittableRandom random);

    @Override
    void close();
}
