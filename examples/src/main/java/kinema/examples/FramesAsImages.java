package kinema.examples;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import kinema.Generation;
import kinema.GenerationListener;
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
            try (Generation made = model.generate(request, GenerationListener.NONE)) {
                ImageIO.write(strip(images(made.video())), "png", new File(args[2]));
            }
        }
    }

    /** The frames of a video, each height × width × 3 bytes of red, green and blue, as images. */
    static List<BufferedImage> images(Video video) {
        List<BufferedImage> images = new ArrayList<>();
        for (byte[] rgb : video.frames()) {
            BufferedImage image = new BufferedImage(video.width(), video.height(), BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < rgb.length; i += 3) {
                int pixel = (rgb[i] & 0xff) << 16 | (rgb[i + 1] & 0xff) << 8 | (rgb[i + 2] & 0xff);
                image.setRGB(i / 3 % video.width(), i / 3 / video.width(), pixel);
            }
            images.add(image);
        }
        return images;
    }

    private static BufferedImage strip(List<BufferedImage> images) {
        int width = images.get(0).getWidth();
        BufferedImage strip =
                new BufferedImage(width * images.size(), images.get(0).getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < images.size(); i++) {
            strip.getGraphics().drawImage(images.get(i), i * width, 0, null);
        }
        return strip;
    }
}
