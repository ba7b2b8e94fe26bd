package kinema.cogvideo.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.files.SmallFile;
import kinema.weights.WeightsException;

/** {@code cluster_label2.npy}: the cluster of each image token, whole numbers of 64 bits in NumPy's format. */
final class ClusterFile {
    private static final int MOST = 64 << 20; // bytes
    private static final String MAGIC = "\u0093NUMPY";
    private static final int FIXED = 10; // bytes of magic, version and length
    private static final int ALIGNMENT = 64; // of the numbers, bytes
    private static final Pattern HEAD =
            Pattern.compile("\\{'descr': '<i8', 'fortran_order': (?:False|True), 'shape': \\((\\d{1,9}),\\), \\}\\s*");

    private ClusterFile() {}

    /**
     * Reads the labels.
     *
     * @param imageTokens how many there must be
     * @throws WeightsException when the file is missing, damaged, or that of another codebook
     */
    static long[] read(Path file, long imageTokens) {
        try {
            byte[] all = SmallFile.bytes(file, MOST);
            ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
            long count = count(file, all, bytes);
            if (count != imageTokens) {
                throw new WeightsException(file + ": has labels for " + count + " image tokens, the model has "
                        + imageTokens + "; it belongs to another codebook");
            }
            if (bytes.remaining() != count * Long.BYTES) {
                throw new WeightsException(file + ": must hold " + count * Long.BYTES + " bytes of labels, found "
                        + bytes.remaining() + "; download it again");
            }
            long[] labels = new long[Math.toIntExact(count)];
            bytes.asLongBuffer().get(labels);
            check(file, labels);
            return labels;
        } catch (IOException e) {
            throw WeightsException.unreadable(file, e);
        }
    }

    /** Writes labels in the form that {@link #read} takes, as NumPy would. */
    static void write(Path file, long[] labels) throws IOException {
        String text = "{'descr': '<i8', 'fortran_order': False, 'shape': (" + labels.length + ",), }";
        int head = (FIXED + text.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT; // with the line's end
        ByteBuffer bytes =
                ByteBuffer.allocate(head + labels.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC.getBytes(StandardCharsets.ISO_8859_1)).put((byte) 1).put((byte) 0);
        bytes.putShort((short) (head - FIXED));
        bytes.put((text + " ".repeat(head - FIXED - text.length() - 1) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        for (long label : labels) {
            bytes.putLong(label);
        }
        Files.write(file, bytes.array());
    }

    /** How many numbers the header promises; what is left of the buffer are they. */
    private static long count(Path file, byte[] all, ByteBuffer bytes) {
        String start = new String(all, 0, Math.min(all.length, MAGIC.length()), StandardCharsets.ISO_8859_1);
        if (all.length < FIXED || !start.equals(MAGIC) || all[MAGIC.length()] != 1) {
            throw new WeightsException(file + ": not an array of NumPy's (version 1); download it again");
        }
        int length = bytes.getShort(FIXED - Short.BYTES) & 0xffff;
        if (all.length < FIXED + length) {
            throw new WeightsException(file + ": ends within its header; download it again");
        }
        Matcher head = HEAD.matcher(new String(all, FIXED, length, StandardCharsets.ISO_8859_1));
        if (!head.matches()) {
            throw new WeightsException(
                    file + ": must hold one row of whole numbers of 64 bits ('<i8'), as cluster_label2.npy does");
        }
        bytes.position(FIXED + length);
        return Long.parseLong(head.group(1));
    }

    private static void check(Path file, long[] labels) {
        for (int token = 0; token < labels.length; token++) {
            if (labels[token] < 0 || labels[token] >= labels.length) {
                throw new WeightsException(file + ": the cluster of token " + token + " is " + labels[token]
                        + ", expected 0 to " + (labels.length - 1));
            }
        }
    }
}
