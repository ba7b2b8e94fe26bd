package kinema.train.cogvideo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.tensor.Rng;
import kinema.testing.IceModel;
import kinema.train.NetworkFolder;
import kinema.weights.Parameters;

/** A model folder with a small image autoencoder from a seed, clusters of its codes, and a small vocabulary. */
final class SmallTokenizer {
    /** The autoencoder's sizes. */
    static final ImageConfig IMAGE = new ImageConfig(32, List.of(1L, 1L, 1L), 1, 32, 8, 40, List.of(1));

    private static final int CLUSTERS = 20;

    private SmallTokenizer() {}

    static Path write(Path folder) {
        try (Rng rng = new Rng(5);
                Parameters image = Parameters.init(w -> new ImageAutoencoder(w, IMAGE), rng)) {
            new NetworkFolder(folder).network(Part.IMAGE.key(), Map.of(), image);
            new CogVideoFiles(folder)
                    .writeClusters(LongStream.range(0, IMAGE.codes())
                            .map(code -> code % CLUSTERS)
                            .toArray());
            IceModel.write(Files.createDirectories(folder.resolve("tokenizer")));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
