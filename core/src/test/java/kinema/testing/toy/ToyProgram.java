package kinema.testing.toy;

import java.nio.file.Path;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.system.OpenOptions;

/** A program that embeds the library with a system of its own. */
public final class ToyProgram {
    private ToyProgram() {}

    /**
     * Makes a video with a toy.
     *
     * @param folder where its checkpoint is to be
     * @return the first byte of each frame
     */
    public static byte[] run(Path folder) {
        ToyCascade.write(folder);
        try (VideoModel model = Kinema.open(new ToyCascade(), folder, OpenOptions.DEFAULT);
                Generation made =
                        model.generate(GenerationRequest.of("a boat").seed(3).build(), GenerationListener.NONE)) {
            byte[] first = new byte[made.video().frames().size()];
            for (int i = 0; i < first.length; i++) {
                first[i] = made.video().frames().get(i)[0];
            }
            return first;
        }
    }
}
