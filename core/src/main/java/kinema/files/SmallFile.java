package kinema.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens only what is a file, since a pipe or a device may never end, and reads no more of it than it may have. */
public final class SmallFile {
    private SmallFile() {}

    /**
     * Opens a file to read from any of its places.
     *
     * @throws IOException when it is none, or cannot be opened
     */
    public static SeekableByteChannel open(Path file) throws IOException {
        require(file);
        return Files.newByteChannel(file);
    }

    /**
     * All bytes of a file.
     *
     * @param most bytes it may have
     * @throws IOException when it is no file, has more, or cannot be read
     */
    public static byte[] bytes(Path file, int most) throws IOException {
        require(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new IOException("it has more than the " + most + " bytes that such a file may have");
            }
            return bytes;
        }
    }

    /**
     * A file's text.
     *
     * @param most bytes it may have
     * @throws CharacterCodingException when it is not in UTF-8
     * @throws IOException as {@link #bytes}
     */
    public static String text(Path file, int most) throws IOException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes(file, most)))
                .toString();
    }

    private static void require(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
    }
}
