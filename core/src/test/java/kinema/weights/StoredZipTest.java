package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.weights.StoredZip.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The form of files above 4 GiB, in miniature: all numbers stand in the fields of 64 bits. */
class StoredZipTest {
    private static final int WIDE = 0xffff_ffff;
    private static final int LOCAL = 0;
    private static final int DATA = 30 + 1 + 5; // the entry's header, its name, and padding such as PyTorch writes
    private static final int DIRECTORY = DATA + 4;
    private static final int EXTRA = DIRECTORY + 46 + 1;
    private static final int END_64 = EXTRA + 4 + 24;

    @TempDir
    Path folder;

    @Test
    void wideNumbersAreReadFromTheirOwnFields() throws IOException {
        assertThat(read(zip(4, LOCAL))).isEqualTo(Map.of("a", new Span(DATA, DATA + 4)));
    }

    @Test
    void wideNumbersBeyondTheFileAreNamed() {
        assertThatThrownBy(() -> read(zip(1L << 40, LOCAL)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'a' needs 1099511627776 bytes from byte " + DATA + " on, the file has ");
        assertThatThrownBy(() -> read(zip(-1, LOCAL)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'a' needs -1 bytes");
        assertThatThrownBy(() -> read(zip(4, 1L << 40)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("it points to byte 1099511627776 of ");
        assertThatThrownBy(() -> read(zip(4, 2)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'a' is not at byte 2");
    }

    @Test
    void directoriesLargerThanAnyNetworkNeedsAreNamed() {
        byte[] long1 = zip(4, LOCAL);
        ByteBuffer.wrap(long1).order(ByteOrder.LITTLE_ENDIAN).putLong(END_64 + 40, 1L << 29);
        assertThatThrownBy(() -> read(long1)).hasMessageContaining("claims 1 entries in 536870912 bytes, which no");
        byte[] many = zip(4, LOCAL);
        ByteBuffer.wrap(many).order(ByteOrder.LITTLE_ENDIAN).putLong(END_64 + 32, Long.MAX_VALUE);
        assertThatThrownBy(() -> read(many)).hasMessageContaining("claims 9223372036854775807 entries");
    }

    private Map<String, Span> read(byte[] zip) throws IOException {
        Path file = Files.write(folder.resolve("a.pt"), zip);
        try (SeekableByteChannel in = Files.newByteChannel(file)) {
            return StoredZip.read(file, in);
        }
    }

    /** A zip of one entry of 4 bytes whose directory claims this size and place for it. */
    private static byte[] zip(long size, long offset) {
        ByteBuffer b = ByteBuffer.allocate(END_64 + 56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(LOCAL, 0x04034b50)
                .putShort(26, (short) 1)
                .putShort(28, (short) 5)
                .put(30, (byte) 'a');
        b.put(DATA, "data".getBytes(StandardCharsets.US_ASCII));
        b.putInt(DIRECTORY, 0x02014b50).putInt(DIRECTORY + 20, WIDE).putInt(DIRECTORY + 24, WIDE);
        b.putShort(DIRECTORY + 28, (short) 1)
                .putShort(DIRECTORY + 30, (short) 28)
                .putInt(DIRECTORY + 42, WIDE);
        b.put(DIRECTORY + 46, (byte) 'a');
        b.putShort(EXTRA, (short) 1).putShort(EXTRA + 2, (short) 24);
        b.putLong(EXTRA + 4, size).putLong(EXTRA + 12, size).putLong(EXTRA + 20, offset);
        b.putInt(END_64, 0x06064b50).putLong(END_64 + 32, 1);
        b.putLong(END_64 + 40, END_64 - DIRECTORY).putLong(END_64 + 48, DIRECTORY);
        b.putInt(END_64 + 56, 0x07064b50).putLong(END_64 + 64, END_64);
        b.putInt(END_64 + 76, 0x06054b50).putShort(END_64 + 86, (short) -1);
        return b.array();
    }
}
