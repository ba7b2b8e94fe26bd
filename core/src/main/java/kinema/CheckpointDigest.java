package kinema;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.files.SmallFile;
import kinema.system.VideoSystem;
import kinema.weights.Sha256;
import kinema.weights.WeightsException;

/**
 * Tells checkpoints apart: SHA-256 over the relative names, sizes and contents of a folder's JSON, safetensors and PyTorch
 * files, in order of their names. Of files above 64 MiB the contents are sampled, 4 KiB at each of 1024 evenly spaced places,
 * so that opening a model of many gigabytes does not read it all; any retraining changes the samples.
 *
 * <p>What a system says lies {@linkplain VideoSystem#isBeside beside} a checkpoint does not count.
 */
final class CheckpointDigest {
    private static final long WHOLE = 64L << 20;
    private static final int SAMPLES = 1024;
    private static final int SAMPLE = 4096;

    private CheckpointDigest() {}

    /** The digest in hex of a checkpoint of this system. */
    static String of(VideoSystem system, Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return of(
                    folder,
                    all.filter(file -> counts(file) && !system.isBeside(folder.relativize(file)))
                            .sorted()
                            .toList());
        } catch (IOException e) {
            throw WeightsException.unreadable(folder, e);
        }
    }

    /** The digest of one file, whatever its name. */
    static String ofFile(Path file) {
        return of(file, List.of(file));
    }

    private static String of(Path folder, List<Path> files) {
        try {
            Sha256 sha = new Sha256();
            for (Path file : files) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                sha.add(name + '\n' + Files.size(file) + '\n');
                addContents(file, sha);
            }
            return sha.hex();
        } catch (IOException e) {
            throw WeightsException.unreadable(folder, e);
        }
    }

    private static boolean counts(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".json") || name.endsWith(".safetensors") || name.endsWith(".pt"))
                && Files.isRegularFile(file);
    }

    private static void addContents(Path file, Sha256 sha) throws IOException {
        try (SeekableByteChannel in = SmallFile.open(file)) {
            long size = in.size();
            if (size <= WHOLE) {
                ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
                while (in.read(buffer) > 0) {
                    sha.add(buffer.flip());
                    buffer.clear();
                }
                return;
            }
            ByteBuffer sample = ByteBuffer.allocate(SAMPLE);
            for (int i = 0; i < SAMPLES; i++) {
                in.position((size - SAMPLE) / (SAMPLES - 1) * i);
                while (sample.hasRemaining() && in.read(sample) > 0) {}
                sha.add(sample.flip());
                sample.clear();
            }
        }
    }
}
