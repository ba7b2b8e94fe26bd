package kinema.examples;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Video;
import kinema.VideoModel;

/** A video's frames as Java's own images, here written side by side into one picture. */
public final class FramesAsImages {
    private FramesAsImages() {}

    /**
     * Generates.
     *
     * @param args the model's folder, the prompt, the PNG file, the number of steps
     */
    public static void main(String[] args) throws IOException {
        try (VideoModel model = Kinema.open(Path.of(args[0]))) {
            GenerationRequest request = GenerationRequest.of(args[1])
                    .steps(Integer.parseInt(args[3]))
                    .frames(9)
                    .build();
            try (Generation made = model.generate(request)) {
                ImageIO.write(strip(made.video()), "png", new File(args[2]));
            }
        }
    }

    private static BufferedImage strip(Video video) {
        int count = video.frames().size();
        BufferedImage strip = new BufferedImage(video.width() * count, video.height(), BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < count; i++) {
            strip.getGraphics().drawImage(video.image(i), i * video.width(), 0, null);
        }
        return strip;
    }
}
