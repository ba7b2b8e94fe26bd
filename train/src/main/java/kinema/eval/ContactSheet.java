package kinema.eval;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import kinema.Video;
import kinema.train.Strip;

/**
 * A picture of many results: each prompt with some frames of its video and a mark for subject, motion and scene. Two
 * columns, in the order of the prompts, nothing left out.
 */
final class ContactSheet {
    private static final int COLUMNS = 2;
    private static final int GAP = 8;
    private static final int BETWEEN_FRAMES = 2;
    private static final int CAPTION = 22;
    private static final int LEAST_CELL = 400; // room for the caption
    private static final int MARK = 15;
    private static final float QUALITY = 0.85f;
    private static final Color RIGHT = new Color(0x2E9E4F);
    private static final Color WRONG = new Color(0xD0453E);

    private final BufferedImage image;
    private final Graphics2D g;

    private ContactSheet(int width, int height) {
        image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        g.setStroke(new BasicStroke(2));
    }

    /** Writes a JPEG, a fifth of a PNG's size; {@code first} is the number of the first prompt. */
    static void write(Path file, List<PromptResult> prompts, int first) throws IOException {
        Video sample = prompts.get(0).sample();
        int frames = sample.frames().size() * (sample.width() + BETWEEN_FRAMES);
        int cellWidth = Math.max(LEAST_CELL, frames) + GAP;
        int cellHeight = CAPTION + sample.height() + GAP;
        int rows = (prompts.size() + COLUMNS - 1) / COLUMNS;
        ContactSheet sheet = new ContactSheet(COLUMNS * cellWidth + GAP, rows * cellHeight + GAP);
        for (int i = 0; i < prompts.size(); i++) {
            int x = GAP + i % COLUMNS * cellWidth;
            int y = GAP + i / COLUMNS * cellHeight;
            sheet.cell(prompts.get(i), first + i, x, y);
        }
        sheet.g.dispose();
        sheet.save(file);
    }

    private void save(Path file) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(QUALITY);
        Files.deleteIfExists(file);
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), how);
        } finally {
            writer.dispose();
        }
    }

    private void cell(PromptResult result, int number, int x, int y) {
        Score score = result.score();
        mark(score.subject(), x, y + 2);
        mark(score.motion(), x + MARK, y + 2);
        mark(score.scene(), x + 2 * MARK, y + 2);
        g.setColor(Color.BLACK);
        g.drawString(number + "  " + result.prompt().text(), x + 3 * MARK + 4, y + 13);
        Video sample = result.sample();
        for (int i = 0; i < sample.frames().size(); i++) {
            int left = x + i * (sample.width() + BETWEEN_FRAMES);
            Strip.paint(image, sample.frames().get(i), left, y + CAPTION, sample.width());
        }
    }

    /** A tick or a cross, drawn because not every machine's fonts have them. */
    private void mark(boolean right, int x, int y) {
        Path2D line = new Path2D.Double();
        if (right) {
            line.moveTo(x + 1.0, y + 6.0);
            line.lineTo(x + 4.5, y + 10.0);
            line.lineTo(x + 11.0, y + 2.0);
        } else {
            line.moveTo(x + 2.0, y + 2.0);
            line.lineTo(x + 10.0, y + 10.0);
            line.moveTo(x + 10.0, y + 2.0);
            line.lineTo(x + 2.0, y + 10.0);
        }
        g.setColor(right ? RIGHT : WRONG);
        g.draw(line);
    }
}
