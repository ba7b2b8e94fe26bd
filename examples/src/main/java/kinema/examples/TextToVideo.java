package kinema.examples;

import java.nio.file.Path;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Video;
import kinema.VideoModel;
import kinema.system.Stage;

/** Text becomes a video; progress is printed, and a small preview is written after every step. */
public final class TextToVideo {
    private TextToVideo() {}

    /**
     * Generates.
     *
     * @param args the model's folder, the prompt, an existing folder for the results, the number of steps
     */
    public static void main(String[] args) {
        Path out = Path.of(args[2]);
        try (VideoModel model = Kinema.open(Path.of(args[0]))) {
            GenerationRequest request = GenerationRequest.of(args[1])
                    .seed(7) // the same seed gives the same video
                    .steps(Integer.parseInt(args[3]))
                    .build();
            try (Generation made = model.generate(request, new Progress(out))) {
                made.save(out.resolve("video.mp4"));
                System.out.println(made.provenance().toJson());
            }
        }
    }

    /** Watches a generation. To end it, answer true in {@link GenerationListener#cancelled}. */
    private record Progress(Path out) implements GenerationListener {
        @Override
        public void stage(Stage stage, int number, int count) {
            System.out.println(stage + " (" + number + " of " + count + ")");
        }

        @Override
        public void step(int done, int total) {
            System.out.println("step " + done + " of " + total);
        }

        @Override
        public boolean wantsPreviews() {
            return true;
        }

        @Override
        public void preview(int done, Video preview) {
            preview.save(out.resolve("preview-" + done + ".gif"));
        }
    }
}
