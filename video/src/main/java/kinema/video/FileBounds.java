package kinema.video;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * Whether a file reaches as far as its own headers say.
 *
 * <p>FFmpeg plays what is left of a file that was cut off and then reports a plain end, so the outermost structure is
 * walked here: MP4 boxes, the Matroska segment, GIF blocks. Other containers are passed over.
 *
 * @see <a href="https://www.w3.org/Graphics/GIF/spec-gif89a.txt">GIF89a</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8794">EBML, RFC 8794</a>
 */
final class FileBounds {
    private static final int FTYP = 0x66747970;
    private static final int EBML = 0x1A45DFA3;
    private static final int SEGMENT = 0x18538067;
    private static final int GIF8 = 0x47494638;

    private final RandomAccessFile file;

    private FileBounds(RandomAccessFile file) {
        this.file = file;
    }

    /**
     * Refuses a file that is cut off.
     *
     * @throws VideoFileException if a box, segment or block goes on beyond the end of the file
     */
    static void requireWhole(Path path) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            if (!new FileBounds(file).isWhole()) {
                throw new VideoFileException(path + " is cut off: its headers speak of more than its " + file.length()
                        + " bytes; copy or make it again");
            }
        } catch (IOException e) {
            throw new VideoFileException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private boolean isWhole() throws IOException {
        if (file.length() < 8) {
            return true; // no container at all, which FFmpeg will say
        }
        int first = file.readInt();
        int second = file.readInt();
        file.seek(0);
        try {
            if (second == FTYP) {
                return boxesFit();
            }
            if (first == EBML) {
                return segmentFits();
            }
            return first != GIF8 || gifHasTrailer();
        } catch (EOFException e) {
            return false;
        }
    }

    /** Each box is its size, its type, and for a size of 1 the size in 64 bits; 0 reaches to the end of the file. */
    private boolean boxesFit() throws IOException {
        long at = 0;
        while (at < file.length()) {
            file.seek(at);
            long size = Integer.toUnsignedLong(file.readInt());
            file.readInt();
            if (size == 0) {
                return true;
            }
            if (size == 1) {
                size = file.readLong();
            }
            if (size < 8 || size > file.length() - at) {
                return false;
            }
            at += size;
        }
        return true;
    }

    private boolean segmentFits() throws IOException {
        file.readInt();
        long headerSize = ebmlSize();
        file.seek(file.getFilePointer() + headerSize);
        if (file.readInt() != SEGMENT) {
            return true; // something else stands first; left to FFmpeg
        }
        long size = ebmlSize();
        return size < 0 || size <= file.length() - file.getFilePointer();
    }

    /** A variable-length size: as many bytes as its first has leading zeros, plus one. All ones is "unknown": -1. */
    private long ebmlSize() throws IOException {
        int first = file.readUnsignedByte();
        int extra = Integer.numberOfLeadingZeros(first) - 24;
        long size = first & (0x7F >> extra);
        for (int i = 0; i < extra; i++) {
            size = (size << 8) | file.readUnsignedByte();
        }
        boolean unknown = size == (1L << (7 * (extra + 1))) - 1;
        return unknown ? -1 : size;
    }

    private boolean gifHasTrailer() throws IOException {
        file.seek(10);
        int flags = file.readUnsignedByte();
        file.seek(13 + colourTableBytes(flags));
        while (true) {
            int block = file.readUnsignedByte();
            switch (block) {
                case 0x3B -> {
                    return true;
                }
                case 0x21 -> file.readUnsignedByte();
                case 0x2C -> skipImageDescriptor();
                default -> {
                    return true; // damaged rather than cut off; left to FFmpeg
                }
            }
            skipSubBlocks();
        }
    }

    private void skipImageDescriptor() throws IOException {
        skip(8);
        int flags = file.readUnsignedByte();
        skip(colourTableBytes(flags) + 1); // and the code size
    }

    private void skipSubBlocks() throws IOException {
        int length = file.readUnsignedByte();
        while (length > 0) {
            skip(length);
            length = file.readUnsignedByte();
        }
    }

    private void skip(int bytes) throws IOException {
        file.seek(file.getFilePointer() + bytes);
    }

    /** Bytes of a colour table, whose presence and size stand in a flags byte. */
    static int colourTableBytes(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }
}
