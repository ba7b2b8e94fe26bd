package kinema.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Changes to the parts of a format that leave its outer frame whole, so that they are not refused at the door. */
final class Formats {
    private static final int PNG_SIGNATURE = 8;
    private static final int CHUNK_FRAME = 12; // length, type and sum of a chunk of PNG

    private Formats() {}

    /** The header as JSON, its length made right, or the bytes. */
    static byte[] safetensors(byte[] file, Random random) {
        if (random.nextInt(4) == 0) {
            return Bytes.mutate(file, random);
        }
        int length = Math.toIntExact(
                ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
        byte[] header = Json.mutate(Arrays.copyOfRange(file, 8, 8 + length), random);
        ByteBuffer out = ByteBuffer.allocate(8 + header.length + file.length - 8 - length)
                .order(ByteOrder.LITTLE_ENDIAN);
        return out.putLong(header.length)
                .put(header)
                .put(file, 8 + length, file.length - 8 - length)
                .array();
    }

    /** An entry of a zip, mostly its pickle, or the bytes. */
    static byte[] zip(byte[] file, Random random) {
        if (random.nextInt(4) == 0) {
            return Bytes.mutate(file, random);
        }
        Map<String, byte[]> entries = unzipped(file);
        List<String> names = new ArrayList<>(entries.keySet());
        String pickle = names.stream()
                .filter(name -> name.endsWith("data.pkl"))
                .findFirst()
                .orElse(names.get(0));
        String name = random.nextInt(5) > 0 ? pickle : names.get(random.nextInt(names.size()));
        byte[] content = entries.get(name);
        switch (random.nextInt(8)) {
            case 0 -> entries.remove(name);
            case 1 -> {
                entries.remove(name);
                entries.put(name + "\u001b[31m", content);
            }
            default -> entries.put(name, Bytes.mutate(content, random));
        }
        return zipped(entries);
    }

    /** A field of a message of protocol buffers: left out, twice, or changed with its length made right. */
    static byte[] protobuf(byte[] file, Random random) {
        if (random.nextInt(4) == 0) {
            return Bytes.mutate(file, random);
        }
        List<byte[]> fields = fields(file);
        int i = random.nextInt(fields.size());
        byte[] field = fields.get(i);
        switch (random.nextInt(5)) {
            case 0 -> fields.remove(i);
            case 1 -> fields.add(random.nextInt(fields.size()), field);
            case 2 -> fields.set(i, framed(field[0], new byte[] {0x0a, 1, 0})); // a piece of one zero byte
            default -> {
                int body = bodyStart(field);
                fields.set(i, framed(field[0], Bytes.mutate(Arrays.copyOfRange(field, body, field.length), random)));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fields.forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** A chunk of a PNG file, its sum made right, or the bytes. */
    static byte[] png(byte[] file, Random random) {
        if (random.nextInt(3) == 0) {
            return Bytes.mutate(file, random);
        }
        int at = PNG_SIGNATURE;
        for (int skip = random.nextInt(3); skip > 0 && at + CHUNK_FRAME < file.length - CHUNK_FRAME; skip--) {
            at += ByteBuffer.wrap(file).getInt(at) + CHUNK_FRAME;
        }
        int length = ByteBuffer.wrap(file).getInt(at);
        byte[] body = Bytes.mutate(Arrays.copyOfRange(file, at + 8, at + 8 + length), random);
        CRC32 sum = new CRC32();
        sum.update(file, at + 4, 4);
        sum.update(body);
        byte[] chunk = ByteBuffer.allocate(body.length + CHUNK_FRAME)
                .putInt(body.length)
                .put(file, at + 4, 4)
                .put(body)
                .putInt((int) sum.getValue())
                .array();
        return Bytes.spliced(file, at, at + length + CHUNK_FRAME, chunk);
    }

    /** A line of several JSON objects. */
    static byte[] jsonLines(byte[] file, Random random) {
        List<String> lines =
                new ArrayList<>(new String(file, StandardCharsets.UTF_8).lines().toList());
        int i = random.nextInt(lines.size());
        byte[] line = Json.mutate(lines.get(i).getBytes(StandardCharsets.UTF_8), random);
        lines.set(i, new String(line, StandardCharsets.ISO_8859_1));
        return String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Map<String, byte[]> unzipped(byte[] file) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try {
            Path written = Files.createTempFile("attack", ".zip"); // a stream of PyTorch's zips cannot be read
            try (ZipFile zip = new ZipFile(Files.write(written, file).toFile())) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
                }
            } finally {
                Files.delete(written);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static byte[] zipped(Map<String, byte[]> entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                CRC32 sum = new CRC32();
                sum.update(entry.getValue());
                ZipEntry stored = new ZipEntry(entry.getKey());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(entry.getValue().length);
                stored.setCrc(sum.getValue());
                zip.putNextEntry(stored);
                zip.write(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** The outermost fields, each with its tag; of a SentencePiece model all have a length. */
    private static List<byte[]> fields(byte[] message) {
        List<byte[]> fields = new ArrayList<>();
        int at = 0;
        while (at < message.length) {
            int[] next = {at + 1};
            long length = varint(message, next);
            int end = Math.toIntExact(next[0] + length);
            fields.add(Arrays.copyOfRange(message, at, end));
            at = end;
        }
        return fields;
    }

    private static int bodyStart(byte[] field) {
        int[] next = {1};
        varint(field, next);
        return next[0];
    }

    private static byte[] framed(byte tag, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = body.length;
        while (length > 127) {
            out.write(length & 127 | 128);
            length >>>= 7;
        }
        out.write(length);
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static long varint(byte[] bytes, int[] at) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes[at[0]++];
            value |= (long) (next & 127) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
