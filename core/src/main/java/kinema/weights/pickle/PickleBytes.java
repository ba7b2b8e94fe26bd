package kinema.weights.pickle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read from front to back; never beyond the end. */
final class PickleBytes {
    private static final int MAX_LINE = 4096;
    private static final int MAX_INTEGER = 255; // bytes

    private final ByteBuffer data;

    PickleBytes(byte[] pickle) {
        data = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    }

    int position() {
        return data.position();
    }

    /** Goes on so many bytes later. */
    void skip(int bytes) {
        need(bytes).position(position() + bytes);
    }

    int u1() {
        return need(1).get() & 0xff;
    }

    int u2() {
        return need(2).getShort() & 0xffff;
    }

    int i4() {
        return need(4).getInt();
    }

    long u4() {
        return i4() & 0xffff_ffffL;
    }

    long i8() {
        return need(8).getLong();
    }

    /** A double, the one number that is stored the big end first. */
    double f8() {
        return Double.longBitsToDouble(Long.reverseBytes(i8()));
    }

    /** A whole number of {@code bytes} bytes, the little end first: a Long where it fits. */
    Number integer(long bytes) {
        if (bytes > MAX_INTEGER) {
            throw new PickleException("a number of " + bytes + " bytes at byte " + data.position()
                    + "; the pickle is damaged, or made to do harm");
        }
        byte[] little = take(bytes);
        if (little.length == 0) {
            return 0L;
        }
        byte[] big = new byte[little.length];
        for (int i = 0; i < big.length; i++) {
            big[i] = little[little.length - 1 - i];
        }
        BigInteger value = new BigInteger(big);
        if (value.bitLength() > Long.SIZE - 1) {
            return value;
        }
        return value.longValue();
    }

    byte[] take(long count) {
        ByteBuffer source = need(count); // before anything is allocated
        byte[] taken = new byte[(int) count];
        source.get(taken);
        return taken;
    }

    String text(long bytes) {
        return new String(take(bytes), StandardCharsets.UTF_8);
    }

    /** Up to the end of the line. */
    String line() {
        int start = data.position();
        for (int i = 0; i <= MAX_LINE; i++) {
            if (u1() == '\n') {
                return new String(data.array(), start, i, StandardCharsets.UTF_8);
            }
        }
        throw new PickleException("no end of the name at byte " + start + "; the pickle is damaged");
    }

    private ByteBuffer need(long count) {
        if (count < 0 || count > data.remaining()) {
            throw new PickleException("the pickle ends at byte " + data.capacity() + ", where " + count
                    + " bytes from byte " + data.position() + " on are expected; it is cut off or damaged");
        }
        return data;
    }
}
