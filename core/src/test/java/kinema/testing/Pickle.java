package kinema.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes pickles instruction by instruction, and the zip files that PyTorch puts them in. */
public final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Starts a pickle of protocol 2. */
    public static Pickle start() {
        return new Pickle().op(0x80, 2);
    }

    /** Instructions, or their operands, byte by byte. */
    public Pickle op(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    /** A text. */
    public Pickle text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        op('X');
        number32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    /** A whole number. */
    public Pickle number(int value) {
        op('J');
        return number32(value);
    }

    /** A Python name. */
    public Pickle global(String module, String name) {
        op('c');
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** A float tensor: a view of storage 0. */
    public Pickle tensor(String storage, int count, int offset, int rows, int columns, int stride) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage")
                .global("torch", storage)
                .text("0")
                .text("cpu")
                .number(count)
                .op('t', 'Q');
        number(offset)
                .number(rows)
                .number(columns)
                .op(0x86)
                .number(stride)
                .number(1)
                .op(0x86);
        return op(0x89, '}', 't', 'R');
    }

    /** A tensor that has a storage of this type and name to itself, its last axis the fastest. */
    Pickle tensor(String type, String storage, int count, long[] shape) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage").global("torch", type).text(storage).text("cpu").number(count);
        op('t', 'Q').number(0);
        op('(');
        for (long size : shape) {
            number((int) size);
        }
        op('t', '(');
        int stride = count;
        for (long size : shape) {
            stride /= (int) size;
            number(stride);
        }
        return op('t', 0x89, '}', 't', 'R');
    }

    /** Ends the pickle. */
    public byte[] end() {
        return op('.').out.toByteArray();
    }

    /** Writes a zip of entries that are not compressed. */
    public static Path zip(Path file, Map<String, byte[]> entries) {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(e.getKey());
                entry.setSize(e.getValue().length);
                CRC32 crc = new CRC32();
                crc.update(e.getValue());
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(e.getValue());
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a file of PyTorch's with this pickle and one storage of 24 bytes. */
    public static Path file(Path file, byte[] pickle) {
        return zip(file, Map.of("archive/data.pkl", pickle, "archive/data/0", new byte[24]));
    }

    private Pickle number32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }
}
