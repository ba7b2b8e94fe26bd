package kinema.train.world;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** The bundled pictures and their table; coloured copies are made when first asked for. Thread-safe. */
final class SpriteSheet {
    private static final String FOLDER = "sprites/";
    private static final String NONE = "none";

    private final List<Subject> subjects;
    private final Map<Key, Sprite> sprites = new ConcurrentHashMap<>();

    private record Key(Subject subject, @Nullable ColorWord color) {}

    /** Reads the table; pictures are read when first drawn. */
    SpriteSheet() {
        try (InputStream in = open("sprites.csv");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            subjects = lines.lines().skip(1).map(SpriteSheet::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Subject> subjects() {
        return subjects;
    }

    Sprite sprite(Subject subject, @Nullable ColorWord color) {
        // A subject that has the colour by nature keeps the artist's shades.
        ColorWord paint = color == subject.nativeColor() ? null : color;
        return sprites.computeIfAbsent(new Key(subject, paint), SpriteSheet::load);
    }

    /** Columns: name, codepoint of the emoji, facing, paint, colour, gait. */
    private static Subject parse(String line) {
        String[] cells = line.split(",", -1);
        if (cells.length != 6) {
            throw new IllegalArgumentException("sprites.csv: expected 6 cells, found " + cells.length + ": " + line);
        }
        ColorWord color = cells[4].equals(NONE) ? null : ColorWord.valueOf(upper(cells[4]));
        return new Subject(
                cells[0],
                Facing.valueOf(upper(cells[2])),
                Paint.valueOf(upper(cells[3])),
                color,
                Gait.valueOf(upper(cells[5])));
    }

    private static Sprite load(Key key) {
        String file = key.subject.name() + ".png";
        try (InputStream in = open(file)) {
            BufferedImage image = ImageIO.read(in);
            int width = image.getWidth();
            int height = image.getHeight();
            int[] argb = image.getRGB(0, 0, width, height, null, 0, width);
            if (key.color != null) {
                Recolor.apply(argb, key.subject, key.color);
            }
            return new Sprite(width, height, argb);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " in the bundled sprites cannot be read", e);
        }
    }

    private static InputStream open(String file) {
        InputStream in = SpriteSheet.class.getResourceAsStream(FOLDER + file);
        if (in == null) {
            throw new IllegalStateException("resource " + FOLDER + file + " is missing beside " + SpriteSheet.class);
        }
        return in;
    }

    private static String upper(String cell) {
        return cell.toUpperCase(Locale.ROOT);
    }
}
