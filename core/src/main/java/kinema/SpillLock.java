package kinema;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes sure that one run at a time, of all processes, uses a {@link Spill} folder. It ends with its process. */
final class SpillLock implements AutoCloseable {
    private static final String NAME = "lock";

    /** To close a second channel to a file gives up the process's locks on it, so those of this process are known here. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private SpillLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes a folder that is there.
     *
     * @throws SpillException when another run uses it
     * @throws IOException when the folder cannot be written, or its file system knows no locks
     */
    static SpillLock take(Path folder) throws IOException {
        Path file = folder.toRealPath().resolve(NAME);
        if (!HELD.add(file)) {
            throw inUse(folder);
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                throw inUse(folder);
            }
            return new SpillLock(file, channel);
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    /** Removes what locks leave in a folder. */
    static void delete(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(NAME));
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) { // by another class loader's copy of this class
            return null;
        }
    }

    private static SpillException inUse(Path folder) {
        return new SpillException(folder + " is in use: another run saves its unfinished work there;"
                + " wait until it ends, or choose another output");
    }
}
