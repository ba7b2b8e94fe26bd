package kinema.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kinema.testing.Golden;

/** Copies of a small valid checkpoint, and ways to damage them. */
final class Checkpoints {
    private Checkpoints() {}

    /** Copies the model of one of core's golden cases into a folder. */
    static Path copy(String golden, Path into) {
        return Golden.model(golden, into);
    }

    /** Lays out the golden model in the authors' own files, with published configs for its sizes, which they do not have. */
    static Path copyAuthors(Path into) {
        return Golden.authors(into);
    }

    /** Replaces a text that must be in the file. */
    static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        if (!text.contains(from)) {
            throw new IllegalArgumentException(file + " does not contain " + from);
        }
        Files.writeString(file, text.replace(from, to));
    }

    /** Replaces a text of a safetensors file's header by one of any length, keeping the data. */
    static void replaceInHeader(Path file, String from, String to) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        if (!header.contains(from)) {
            throw new IllegalArgumentException(file + " has no " + from + " in its header");
        }
        int at = header.indexOf(from);
        byte[] changed =
                (header.substring(0, at) + to + header.substring(at + from.length())).getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - length)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(changed.length).put(changed).put(bytes, 8 + length, bytes.length - 8 - length);
        Files.write(file, out.array());
    }

    /** Overwrites the header's length at the start of a safetensors file. */
    static void setHeaderLength(Path file, long length) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Files.write(file, bytes);
    }

    /** Cuts bytes off a file's end. */
    static void truncate(Path file, int by) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - by));
    }
}
