package kinema.train.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.ClipSource.Shape;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Precomputed clips: mapped files, of which only the rows that are read take memory. */
public final class Shards implements AutoCloseable {
    /**
     * One clip.
     *
     * @param number in its source
     * @param shape it was made in
     * @param shard the file's place
     * @param row in the file
     */
    public record Row(long number, Shape shape, int shard, int row) {}

    /** The tensor of the clips' numbers in their source. */
    static final String NUMBERS = "numbers";

    private final List<Safetensors> files = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    private Shards() {}

    /**
     * Opens a folder of shards.
     *
     * @param origin what they must have been made from
     * @throws IllegalArgumentException when they were made from something else
     */
    public static Shards open(Path folder, String origin) {
        Manifest manifest = Manifest.read(folder, origin);
        Shards shards = new Shards();
        try {
            for (Manifest.Shard shard : manifest.shards()) {
                Safetensors file = Safetensors.open(folder.resolve(shard.file()));
                shards.files.add(file);
                long[] all = Scopes.run(() -> Tensors.longs(file.tensor(NUMBERS)));
                for (int i = 0; i < all.length; i++) {
                    shards.rows.add(new Row(all[i], shard.shape(), shards.files.size() - 1, i));
                }
            }
            return shards;
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    /** All clips, in the order they were made. */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** A tensor of clips of one shape, a row each, float32. */
    public Tensor read(String key, List<Row> clips) {
        return read(key, clips, ScalarType.Float);
    }

    /** The same in another dtype, such as whole numbers. */
    public Tensor read(String key, List<Row> clips, ScalarType dtype) {
        return Scopes.keep(() -> Tensors.cat(
                        0,
                        clips.stream()
                                .map(clip -> files.get(clip.shard()).tensor(key).narrow(0, clip.row(), 1))
                                .toArray(Tensor[]::new))
                .to(dtype));
    }

    @Override
    public void close() {
        files.forEach(Safetensors::close);
    }
}
