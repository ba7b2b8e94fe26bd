package kinema.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.files.SmallFile;
import kinema.files.StrictJson;
import kinema.weights.Safetensors.Entry;

/**
 * The checked header of a safetensors file.
 *
 * @param size bytes of the whole file
 * @param entries the tensors by key, in the header's order
 * @param metadata the text pairs under {@code __metadata__}
 */
record SafetensorsHeader(long size, Map<String, Entry> entries, Map<String, String> metadata) {
    /** The format allows 100 MB; the largest networks have 1. */
    private static final int MAX_HEADER = 20 << 20;

    /**
     * Reads and checks a file's header.
     *
     * @throws WeightsException for a missing, truncated or damaged file, with what is wrong and where
     */
    static SafetensorsHeader read(Path file) {
        try (SeekableByteChannel in = SmallFile.open(file)) {
            long size = in.size();
            long length =
                    size < 8 ? -1 : read(in, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (length < 0) {
                throw new WeightsException(file + ": not a safetensors file (" + size
                        + " bytes; it must start with an 8-byte header length); download it again");
            }
            if (length > size - 8) {
                throw new WeightsException(file + ": header length " + length + " at byte 0 goes beyond the file's "
                        + size + " bytes; the file is cut off or is not safetensors");
            }
            if (length > MAX_HEADER) {
                throw new WeightsException(file + ": a header of " + length + " bytes, where no network needs "
                        + MAX_HEADER + "; the file is not safetensors, or made to do harm");
            }
            SafetensorsHeader header = new SafetensorsHeader(size, new LinkedHashMap<>(), new LinkedHashMap<>());
            header.fill(file, read(in, (int) length).array());
            header.checkOverlap(file);
            return header;
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw WeightsException.unreadable(file, e);
        }
    }

    private static ByteBuffer read(SeekableByteChannel in, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private void fill(Path file, byte[] json) throws IOException {
        long start = 8L + json.length;
        try (JsonParser parser = StrictJson.FACTORY.createParser(json)) {
            new SafetensorsEntries(file, parser, start, size - start).into(entries, metadata);
        }
    }

    private void checkOverlap(Path file) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        for (int i = 1; i < sorted.size(); i++) {
            Entry a = sorted.get(i - 1);
            Entry b = sorted.get(i);
            if (b.begin() < a.end()) {
                throw new WeightsException(file + ": '" + a.key() + "' and '" + b.key() + "' overlap at byte "
                        + b.begin() + "; the file is damaged, download it again");
            }
        }
    }
}
