package kinema.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor of random numbers, uniform in [low, high): {@code low + (high - low) · u}, each operation rounded to float32,
 * where u is {@code torch.rand}'s next.
 *
 * @param key its name in the file
 * @param shape sizes of its axes
 * @param type what each number is stored as, after it was rounded to float32
 * @param low the smallest value
 * @param high the bound of all values
 */
record SeededTensor(String key, long[] shape, Type type, double low, double high) {
    private static final double VECTOR = 0.35;
    private static final double MATRIX = 1.3;

    /** The number types a file may hold: safetensors' names, and those of PyTorch's storages. */
    enum Type {
        F64(8, "DoubleStorage"),
        F32(4, "FloatStorage"),
        F16(2, "HalfStorage"),
        BF16(2, "BFloat16Storage");

        final int bytes;
        final String torch;

        Type(int bytes, String torch) {
            this.bytes = bytes;
            this.torch = torch;
        }
    }

    /** A tensor as a list of shapes names it; see {@link SeededFolder}. */
    static SeededTensor of(String key, JsonNode entry, Type fileType) {
        JsonNode sizes = entry.isArray() ? entry : entry.get("shape");
        long[] shape = new long[sizes.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = sizes.get(i).asLong();
        }
        Type type = entry.has("dtype") ? Type.valueOf(entry.get("dtype").asText()) : fileType;
        if (entry.has("low")) {
            return new SeededTensor(
                    key,
                    shape,
                    type,
                    entry.get("low").asDouble(),
                    entry.get("high").asDouble());
        }
        boolean matrix = shape.length > 1;
        double middle = !matrix && key.endsWith("weight") ? 1 : 0;
        double spread = matrix ? MATRIX / Math.sqrt(count(shape) / (double) shape[0]) : VECTOR;
        return new SeededTensor(key, shape, type, middle - spread, middle + spread);
    }

    /** How many numbers it has. */
    int count() {
        return count(shape);
    }

    private static int count(long[] shape) {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        return Math.toIntExact(count);
    }

    /** How many bytes its numbers take. */
    int bytes() {
        return count() * type.bytes;
    }

    /** Its numbers, the generator's next ones. */
    byte[] draw(MersenneTwister random) {
        float least = (float) low;
        float span = (float) (high - low);
        ByteBuffer bytes = ByteBuffer.allocate(bytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            float value = span * random.uniform() + least;
            switch (type) {
                case F64 -> bytes.putDouble(value);
                case F32 -> bytes.putFloat(value);
                case F16 -> bytes.putShort(half(value));
                case BF16 -> bytes.putShort((short) (roundTo(Float.floatToIntBits(value), 16) >>> 16));
            }
        }
        return bytes.array();
    }

    /** The nearest half-precision number, ties to even, of a number below 65504. */
    private static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        float size = Math.abs(value);
        boolean subnormal = size < 0x1p-14f;
        int rounded = subnormal ? (int) Math.rint(size * 0x1p24) : (roundTo(bits & 0x7fffffff, 13) - 0x38000000) >>> 13;
        return (short) (sign | rounded);
    }

    /** Rounds the bits of a float to nearest, ties to even, so that the lowest ones can be dropped. */
    private static int roundTo(int bits, int dropped) {
        return bits + (1 << (dropped - 1)) - 1 + ((bits >>> dropped) & 1);
    }
}
