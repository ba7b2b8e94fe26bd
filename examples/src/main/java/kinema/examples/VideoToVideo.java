package kinema.examples;

import java.nio.file.Path;
import kinema.Fit;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.Video;
import kinema.VideoModel;

/**
 * A video is changed as a text says. With an image-to-video model and {@link PictureCondition#of} of a picture the same
 * lines make a picture move.
 */
public final class VideoToVideo {
    private VideoToVideo() {}

    /**
     * Generates.
     *
     * @param args the model's folder, the prompt, the video to change, the new video's file, the number of steps
     */
    public static void main(String[] args) {
        Video source = Video.read(Path.of(args[2])); // or a folder of pictures
        try (VideoModel model = Kinema.open(Path.of(args[0]))) {
            GenerationRequest request = GenerationRequest.of(args[1])
                    // Of 1 nothing of the source is left, of 0 nothing is new.
                    .condition(PictureCondition.video(source, 0.6).withFit(Fit.CROP))
                    .steps(Integer.parseInt(args[4]))
                    .fps(source.fps())
                    .build();
            try (Generation made = model.generate(request)) {
                made.save(Path.of(args[3]));
            }
        }
    }
}
