import java.awt.image.BufferedImage;
import java.util.concurrent.CompletableFuture;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.VideoModel;

/** The README's further lines. */
public final class More {
    private More() {}

    /** Makes a video on another thread, and a request that starts with its first frame. */
    public static void main(String[] args) {
        try (VideoModel model = Kinema.bundled()) {
            GenerationRequest request = GenerationRequest.of("a red rocket rises in the night sky").seed(7).steps(20).build();
            CompletableFuture<Generation> made = model.generateAsync(request);
            BufferedImage first = made.join().video().image(0);
            GenerationRequest other = request.toBuilder().seed(8).condition(PictureCondition.of(first)).build();
            System.out.println(other.condition().orElseThrow().type() + " " + first.getWidth() + " " + other.seed());
        }
    }
}
