import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoModel;

/** The README's program. */
public final class Rocket {
    private Rocket() {}

    /** Makes rocket.mp4. */
    public static void main(String[] args) {
        try (VideoModel model = Kinema.bundled()) {
            model.generate("a red rocket rises in the night sky").save(Path.of("rocket.mp4"));
        }
    }
}
