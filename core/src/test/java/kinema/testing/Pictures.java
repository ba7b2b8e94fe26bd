package kinema.testing;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kinema.Video;

/** Pictures of the golden cases as frames; reading files is no part of the engine's core. */
public final class Pictures {
    private Pictures() {}

    /** One picture as a video of one frame. */
    public static Video read(Path file) {
        return video(List.of(file));
    }

    /** A folder's pictures in the order of their names. */
    public static Video readAll(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return video(files.sorted().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Video video(List<Path> files) {
        List<byte[]> frames = new ArrayList<>();
        int width = 0;
        int height = 0;
        for (Path file : files) {
            BufferedImage image = decode(file);
            width = image.getWidth();
            height = image.getHeight();
            byte[] rgb = new byte[3 * width * height];
            for (int i = 0; i < width * height; i++) {
                int argb = image.getRGB(i % width, i / width);
                rgb[3 * i] = (byte) (argb >> 16);
                rgb[3 * i + 1] = (byte) (argb >> 8);
                rgb[3 * i + 2] = (byte) argb;
            }
            frames.add(rgb);
        }
        return new Video(width, height, 8, frames);
    }

    private static BufferedImage decode(Path file) {
        try {
            return ImageIO.read(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
