package kinema.attack;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Changes to bytes whatever they mean. */
final class Bytes {
    /** Numbers at which sizes and offsets overflow. */
    private static final long[] EDGES = {
        0,
        1,
        -1,
        127,
        128,
        255,
        32767,
        65536,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private static final int SPAN = 64;

    private Bytes() {}

    /** One to four changes, most of them near the beginning, where formats say what follows. */
    static byte[] mutate(byte[] bytes, Random random) {
        byte[] changed = bytes;
        for (int i = random.nextInt(4); i >= 0; i--) {
            changed = once(changed, random);
        }
        return changed;
    }

    private static byte[] once(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = place(bytes.length, random);
        int end = Math.min(bytes.length, at + 1 + random.nextInt(SPAN));
        byte[] copy = bytes.clone();
        switch (random.nextInt(8)) {
            case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> copy[at] = (byte) random.nextInt();
            case 2 -> putNumber(copy, at, random);
            case 3 -> Arrays.fill(copy, at, end, (byte) (random.nextBoolean() ? 0 : 255));
            case 4 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 5 -> {
                return spliced(bytes, at, end, new byte[0]);
            }
            case 6 -> {
                byte[] noise = new byte[1 + random.nextInt(SPAN)];
                random.nextBytes(noise);
                return spliced(bytes, at, at, noise);
            }
            default -> {
                int from = random.nextInt(bytes.length);
                return spliced(bytes, at, end, Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + SPAN)));
            }
        }
        return copy;
    }

    private static int place(int length, Random random) {
        int within = random.nextInt(3) > 0 ? Math.min(length, 512) : length;
        return random.nextInt(within);
    }

    private static void putNumber(byte[] bytes, int at, Random random) {
        long number = EDGES[random.nextInt(EDGES.length)];
        ByteBuffer buffer =
                ByteBuffer.wrap(bytes).order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (random.nextBoolean() && bytes.length - at >= Long.BYTES) {
            buffer.putLong(at, number);
        } else if (bytes.length - at >= Integer.BYTES) {
            buffer.putInt(at, (int) number);
        }
    }

    /** The bytes with those from {@code at} to {@code end} replaced. */
    static byte[] spliced(byte[] bytes, int at, int end, byte[] middle) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        out.writeBytes(middle);
        out.write(bytes, end, bytes.length - end);
        return out.toByteArray();
    }
}
