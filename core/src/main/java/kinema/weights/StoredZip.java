package kinema.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The directory of a zip file whose entries are not compressed: where each one's bytes lie. Java's own zip classes give an
 * entry's bytes but not their place, so what they read cannot be mapped.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the format, sections 4.3.7 to 4.3.16 and
 *     4.5.3</a>
 */
final class StoredZip {
    /** Where an entry's bytes lie in the file. */
    record Span(long begin, long end) {
        long size() {
            return end - begin;
        }
    }

    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_LOCATOR = 0x07064b50;
    private static final int ENTRY = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int END_SIZE = 22;
    private static final int LOCATOR_SIZE = 20;
    private static final int ENTRY_SIZE = 46;
    private static final int LOCAL_SIZE = 30;
    private static final int MAX_COMMENT = 0xffff;
    private static final long IN_EXTRA = 0xffff_ffffL; // the number is in the zip64 extra field instead
    private static final long MAX_DIRECTORY = 16 << 20;
    private static final int MAX_ENTRIES = 100_000;

    private final Path file;
    private final SeekableByteChannel in;
    private final long size;
    private final Map<String, Span> entries = new LinkedHashMap<>();

    private StoredZip(Path file, SeekableByteChannel in) throws IOException {
        this.file = file;
        this.in = in;
        size = in.size();
    }

    /**
     * Reads and checks the directory.
     *
     * @throws WeightsException when the file is no zip, cut off, or has a compressed entry
     */
    static Map<String, Span> read(Path file, SeekableByteChannel in) throws IOException {
        StoredZip zip = new StoredZip(file, in);
        zip.readDirectory();
        return zip.entries;
    }

    private void readDirectory() throws IOException {
        long end = findEnd();
        ByteBuffer record = bytes(end, END_SIZE);
        long count = record.getShort(10) & 0xffff;
        long length = record.getInt(12) & IN_EXTRA;
        long offset = record.getInt(16) & IN_EXTRA;
        if (end >= LOCATOR_SIZE && bytes(end - LOCATOR_SIZE, LOCATOR_SIZE).getInt(0) == END_64_LOCATOR) {
            ByteBuffer wide = bytes(bytes(end - LOCATOR_SIZE, LOCATOR_SIZE).getLong(8), 56);
            if (wide.getInt(0) != END_64) {
                throw damaged("the end of its directory is not where it should be");
            }
            count = wide.getLong(32);
            length = wide.getLong(40);
            offset = wide.getLong(48);
        }
        if (length > MAX_DIRECTORY || count > MAX_ENTRIES) {
            throw damaged("its directory claims " + count + " entries in " + length + " bytes, which no network needs");
        }
        ByteBuffer directory = bytes(offset, length);
        for (long i = 0; i < count; i++) {
            readEntry(directory);
        }
    }

    private long findEnd() throws IOException {
        if (size < END_SIZE) {
            throw new WeightsException(file + ": not a zip file (" + size + " bytes)");
        }
        long from = Math.max(0, size - END_SIZE - MAX_COMMENT);
        ByteBuffer tail = bytes(from, size - from);
        for (int at = tail.limit() - END_SIZE; at >= 0; at--) {
            if (tail.getInt(at) == END) {
                return from + at;
            }
        }
        throw new WeightsException(
                file + ": the zip's directory, which ends the file, is not there; the file is cut off" + " at byte "
                        + size + ", download it again");
    }

    private void readEntry(ByteBuffer directory) throws IOException {
        int at = directory.position();
        if (directory.remaining() < ENTRY_SIZE || directory.getInt(at) != ENTRY) {
            throw damaged("its directory breaks off");
        }
        int nameLength = directory.getShort(at + 28) & 0xffff;
        int extraLength = directory.getShort(at + 30) & 0xffff;
        int commentLength = directory.getShort(at + 32) & 0xffff;
        if (directory.remaining() < ENTRY_SIZE + nameLength + extraLength + commentLength) {
            throw damaged("its directory breaks off");
        }
        byte[] letters = new byte[nameLength];
        directory.get(at + ENTRY_SIZE, letters);
        String name = new String(letters, StandardCharsets.UTF_8);
        if ((directory.getShort(at + 8) & 1) != 0 || directory.getShort(at + 10) != 0) {
            throw new WeightsException(file + ": '" + name + "' is compressed or encrypted; PyTorch stores its entries"
                    + " as they are, so this zip was packed by another program: unpack it, and use what is in it");
        }
        ByteBuffer extra = directory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        extra.position(at + ENTRY_SIZE + nameLength).limit(at + ENTRY_SIZE + nameLength + extraLength);
        long[] numbers = {
            directory.getInt(at + 24) & IN_EXTRA,
            directory.getInt(at + 20) & IN_EXTRA,
            directory.getInt(at + 42) & IN_EXTRA
        };
        widen(numbers, extra);
        directory.position(at + ENTRY_SIZE + nameLength + extraLength + commentLength);
        if (!name.endsWith("/")) {
            if (entries.put(name, span(name, numbers[2], numbers[0])) != null) {
                throw damaged("'" + name + "' is in it twice");
            }
        }
    }

    /** Takes the numbers that were too large for 32 bits from the extra field, where they stand in the same order. */
    private static void widen(long[] numbers, ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xffff;
            int length = Math.min(extra.getShort() & 0xffff, extra.remaining());
            int next = extra.position() + length;
            for (int i = 0; id == 1 && i < numbers.length; i++) {
                if (numbers[i] == IN_EXTRA && next - extra.position() >= Long.BYTES) {
                    numbers[i] = extra.getLong();
                }
            }
            extra.position(next);
        }
    }

    /** An entry's bytes follow its own header, whose length only that header knows. */
    private Span span(String name, long offset, long length) throws IOException {
        ByteBuffer local = bytes(offset, LOCAL_SIZE);
        if (local.getInt(0) != LOCAL) {
            throw damaged("'" + name + "' is not at byte " + offset);
        }
        long begin = offset + LOCAL_SIZE + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
        if (length < 0 || begin > size || length > size - begin) {
            throw damaged("'" + name + "' needs " + length + " bytes from byte " + begin + " on, the file has " + size);
        }
        return new Span(begin, begin + length);
    }

    private ByteBuffer bytes(long at, long count) throws IOException {
        if (at < 0 || count < 0 || at > size || count > size - at) {
            throw damaged("it points to byte " + at + " of " + size);
        }
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(count)).order(ByteOrder.LITTLE_ENDIAN);
        in.position(at);
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private WeightsException damaged(String what) {
        return new WeightsException(file + ": the zip is damaged: " + what + "; download it again");
    }
}
