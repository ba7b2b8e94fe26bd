package kinema.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes protobuf messages field by field. */
public final class Proto {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A whole number. */
    public Proto number(int field, long value) {
        varint((long) field << 3);
        return varint(value);
    }

    /** A number of 32 bits. */
    public Proto float32(int field, float value) {
        varint((long) field << 3 | 5);
        out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    /** Bytes, or a message. */
    public Proto bytes(int field, byte... value) {
        varint((long) field << 3 | 2);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** A text. */
    public Proto text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** The message so far. */
    public byte[] end() {
        return out.toByteArray();
    }

    private Proto varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }
}
