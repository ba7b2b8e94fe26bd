package kinema.text.protobuf;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads a protobuf message forwards from a stream, field by field and without its schema.
 *
 * <p>{@link #next} goes to the next field; the caller reads its value or leaves it. Every length is checked against the
 * enclosing message, so damaged input ends in an {@link IOException}. Not thread-safe.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the wire format</a>
 */
public final class ProtobufReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;
    private static final int MAX_TEXT = 1 << 20;
    private static final int CHUNK = 1 << 16;

    private final Source source;
    private final long end; // of this message
    private long fieldEnd;
    private long value; // of a VARINT field
    private int field;
    private int kind;

    /** A reader of a message that takes the whole stream. */
    public ProtobufReader(InputStream in) {
        this(new Source(in), Long.MAX_VALUE);
    }

    private ProtobufReader(Source source, long end) {
        this.source = source;
        this.end = end;
        fieldEnd = source.position;
    }

    /** Goes to the next field; what is left of the present one is skipped. False at the message's end. */
    public boolean next() throws IOException {
        source.skipTo(fieldEnd);
        if (source.position == end || (end == Long.MAX_VALUE && source.isAtEnd())) {
            return false;
        }
        long tag = source.varint();
        field = (int) (tag >>> 3);
        kind = (int) (tag & 7);
        long length = 0;
        switch (kind) {
            case VARINT -> value = source.varint();
            case FIXED64 -> length = 8;
            case FIXED32 -> length = 4;
            case BYTES -> length = source.varint();
            default -> throw source.damaged("wire type " + kind);
        }
        if (field == 0 || length < 0 || length > end - source.position) {
            throw source.damaged("field " + field + " of " + length + " bytes");
        }
        fieldEnd = source.position + length;
        return true;
    }

    /** The field's number. */
    public int field() {
        return field;
    }

    /** The number in this field. */
    public long integer() throws IOException {
        expect(VARINT, "a number");
        return value;
    }

    /** The bytes this field has left to read. */
    public long size() {
        return fieldEnd - source.position;
    }

    /** The 32-bit floating-point number in this field. */
    public float float32() throws IOException {
        expect(FIXED32, "a number of 32 bits");
        byte[] bytes = new byte[Float.BYTES];
        source.readFully(bytes, bytes.length);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat();
    }

    /** The text in this field. */
    public String text() throws IOException {
        return new String(bytes("text", MAX_TEXT), StandardCharsets.UTF_8);
    }

    /** The bytes in this field, at most so many. */
    public byte[] bytes(int most) throws IOException {
        return bytes("bytes", most);
    }

    /** The message in this field; to be read before {@link #next}. */
    public ProtobufReader message() throws IOException {
        expect(BYTES, "a message");
        return new ProtobufReader(source, fieldEnd);
    }

    /** Fills {@code into} with bytes of this field; they must be as many as it has room for. */
    public void bytes(ByteBuffer into) throws IOException {
        expect(BYTES, "bytes");
        if (size() != into.remaining()) {
            throw source.damaged("a field of " + size() + " bytes where " + into.remaining() + " are needed");
        }
        byte[] chunk = new byte[CHUNK];
        while (into.hasRemaining()) {
            int count = Math.min(chunk.length, into.remaining());
            source.readFully(chunk, count);
            into.put(chunk, 0, count);
        }
    }

    private byte[] bytes(String what, int most) throws IOException {
        expect(BYTES, what);
        if (size() > most) {
            throw source.damaged(what + " of " + size() + " bytes");
        }
        byte[] bytes = new byte[(int) size()];
        source.readFully(bytes, bytes.length);
        return bytes;
    }

    private void expect(int expected, String what) throws IOException {
        if (kind != expected) {
            throw source.damaged("field " + field + " is not " + what);
        }
    }

    /** The stream with its position, shared by a message and the messages inside it. */
    private static final class Source {
        private final InputStream in;
        private long position;
        private int ahead = -1; // one byte read to see whether the stream ends

        Source(InputStream in) {
            this.in = in;
        }

        boolean isAtEnd() throws IOException {
            if (ahead < 0) {
                ahead = in.read();
            }
            return ahead < 0;
        }

        long varint() throws IOException {
            long result = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                int b = read();
                result |= (long) (b & 0x7f) << shift;
                if (b < 0x80) {
                    return result;
                }
            }
            throw damaged("a number of more than 64 bits");
        }

        void readFully(byte[] into, int count) throws IOException {
            int done = 0;
            if (ahead >= 0 && count > 0) {
                into[done++] = (byte) read();
            }
            int got = in.readNBytes(into, done, count - done);
            position += got;
            if (got < count - done) {
                throw endsEarly();
            }
        }

        void skipTo(long target) throws IOException {
            while (position < target) {
                if (ahead >= 0) {
                    read();
                } else {
                    long skipped = in.skip(target - position);
                    position += skipped;
                    if (skipped == 0) {
                        read();
                    }
                }
            }
        }

        IOException damaged(String found) {
            return new IOException("damaged at byte " + position + ": " + found);
        }

        private int read() throws IOException {
            int b = ahead >= 0 ? ahead : in.read();
            ahead = -1;
            if (b < 0) {
                throw endsEarly();
            }
            position++;
            return b;
        }

        private EOFException endsEarly() {
            return new EOFException("cut off at byte " + position);
        }
    }
}
