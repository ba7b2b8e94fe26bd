package rocket;

import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoModel;

/** Makes one video with Kinema in modules of its own. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.out.println(Kinema.class.getModule().getName());
        try (VideoModel model = Kinema.bundled()) {
            model.generate("a red rocket").save(Path.of("modular.mp4"));
        }
    }
}
