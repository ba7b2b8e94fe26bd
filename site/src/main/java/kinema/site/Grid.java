package kinema.site;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kinema.Video;
import kinema.video.VideoFiles;
import kinema.video.VideoReader;

/** The moving picture at the top of the README: the first clips of the gallery, at the same time, each above its prompt. */
public final class Grid {
    private static final int COLUMNS = 4;
    private static final int ROWS = 2;
    private static final int SCALE = 2; // whole pixels, so that nothing is smoothed
    private static final int GAP = 8;
    private static final int CAPTION = 62; // four lines
    private static final int LINE = 14;
    private static final Color PAPER = new Color(0xF6F5F2);
    private static final Color INK = new Color(0x2B2B2B);

    private static final Pattern SPACE = Pattern.compile(" ");

    private final List<Clip> clips;
    private final int cell;

    private Grid(List<Clip> clips) {
        this.clips = clips;
        cell = clips.get(0).video().width() * SCALE;
    }

    /**
     * Writes the picture.
     *
     * @param args the gallery's prompts, a file, and the picture to write
     */
    public static void main(String[] args) {
        try {
            List<Clip> clips = new ArrayList<>();
            for (GalleryPrompt prompt : GalleryPrompt.read(Path.of(args[0])).subList(0, COLUMNS * ROWS)) {
                clips.add(new Clip(prompt.text(), VideoReader.read(prompt.clip())));
            }
            VideoFiles.save(new Grid(clips).video(), Path.of(args[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Clip(String prompt, Video video) {}

    private Video video() {
        Video first = clips.get(0).video();
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < first.frames().size(); i++) {
            frames.add(bytes(frame(i)));
        }
        return new Video(width(), height(), first.fps(), frames);
    }

    private int width() {
        return GAP + COLUMNS * (cell + GAP);
    }

    private int height() {
        return GAP + ROWS * (cell + CAPTION + GAP);
    }

    private BufferedImage frame(int number) {
        BufferedImage image = new BufferedImage(width(), height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(PAPER);
        g.fillRect(0, 0, width(), height());
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int i = 0; i < clips.size(); i++) {
            int x = GAP + i % COLUMNS * (cell + GAP);
            int y = GAP + i / COLUMNS * (cell + CAPTION + GAP);
            paint(image, clips.get(i).video(), number, x, y);
            caption(g, clips.get(i).prompt(), x, y + cell);
        }
        g.dispose();
        return image;
    }

    private static void paint(BufferedImage image, Video video, int number, int left, int top) {
        byte[] frame = video.frames().get(number);
        for (int y = 0; y < video.height() * SCALE; y++) {
            for (int x = 0; x < video.width() * SCALE; x++) {
                int at = 3 * (y / SCALE * video.width() + x / SCALE);
                int rgb = (frame[at] & 255) << 16 | (frame[at + 1] & 255) << 8 | (frame[at + 2] & 255);
                image.setRGB(left + x, top + y, rgb);
            }
        }
    }

    /** The prompt in lines as wide as the clip. */
    private void caption(Graphics2D g, String prompt, int x, int y) {
        g.setColor(INK);
        StringBuilder line = new StringBuilder();
        int baseline = y + LINE;
        for (String word : SPACE.split(prompt, -1)) {
            if (g.getFontMetrics().stringWidth(line + word) > cell) {
                g.drawString(line.toString(), x, baseline);
                baseline += LINE;
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        g.drawString(line.toString(), x, baseline);
    }

    private static byte[] bytes(BufferedImage image) {
        byte[] bytes = new byte[image.getWidth() * image.getHeight() * 3];
        for (int i = 0; i < bytes.length; i += 3) {
            int pixel = i / 3;
            int rgb = image.getRGB(pixel % image.getWidth(), pixel / image.getWidth());
            bytes[i] = (byte) (rgb >> 16);
            bytes[i + 1] = (byte) (rgb >> 8);
            bytes[i + 2] = (byte) rgb;
        }
        return bytes;
    }
}
