package kinema.train.cogvideo;

import java.util.List;
import java.util.SplittableRandom;
import kinema.cogvideo.files.Part;
import kinema.train.NetworkFolder;
import kinema.train.data.Shards.Row;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;

/** A network that makes tokens, with the parameters of it that are trained. Close it. */
interface Trained extends AutoCloseable {
    /** Which parts of a model are trained. */
    List<Part> parts();

    /** What is moved. */
    Parameters parameters();

    /** The mean of -log p over the tokens that are learned, a number with derivatives, of some rows. */
    Tensor loss(TokenRows rows, List<Row> some, SplittableRandom random);

    /** Puts what is trained into a model's folder. */
    void write(NetworkFolder folder);

    @Override
    void close();
}
