package kinema.video;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Comments in GIF files, which FFmpeg reads but does not write.
 *
 * @see <a href="https://www.w3.org/Graphics/GIF/spec-gif89a.txt">GIF89a, section 24, Comment Extension</a>
 */
final class GifComment {
    private static final int EXTENSION = 0x21;
    private static final int COMMENT = 0xFE;
    private static final int MAX_BLOCK = 255;

    /** Signature and screen descriptor; the latter's flags are at byte 10. */
    private static final int HEADER = 13;

    private GifComment() {}

    /** Puts a comment, as UTF-8, before the first image of a GIF file. */
    static void insert(Path file, String comment) {
        try {
            byte[] gif = Files.readAllBytes(file);
            int at = HEADER + FileBounds.colourTableBytes(gif[10]);
            ByteArrayOutputStream out = new ByteArrayOutputStream(gif.length + comment.length());
            out.write(gif, 0, at);
            writeExtension(comment.getBytes(StandardCharsets.UTF_8), out);
            out.write(gif, at, gif.length - at);
            Files.write(file, out.toByteArray());
        } catch (IOException e) {
            throw new VideoFileException("cannot write the provenance into " + file + ": " + e, e);
        }
    }

    /** The text in blocks, each after a byte with its length; an empty block ends them. */
    private static void writeExtension(byte[] text, ByteArrayOutputStream out) {
        out.write(EXTENSION);
        out.write(COMMENT);
        for (int at = 0; at < text.length; at += MAX_BLOCK) {
            int length = Math.min(MAX_BLOCK, text.length - at);
            out.write(length);
            out.write(text, at, length);
        }
        out.write(0);
    }
}
