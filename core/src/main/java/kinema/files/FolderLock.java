package kinema.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes sure that one run at a time, of all processes, writes to a folder. It ends with its process. */
public final class FolderLock implements AutoCloseable {
    private static final String NAME = "lock";

    /** To close a second channel to a file gives up the process's locks on it, so those of this process are known here. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes a folder that is there.
     *
     * @return nothing when another run uses it, in this process or another
     * @throws IOException when the folder cannot be written, or its file system knows no locks
     */
    public static Optional<FolderLock> take(Path folder) throws IOException {
        Path file = folder.toRealPath().resolve(NAME);
        if (!HELD.add(file)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        FolderLock taken = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            taken = lock(channel) == null ? null : new FolderLock(file, channel);
        } finally {
            if (taken == null) {
                HELD.remove(file);
                if (channel != null) {
                    channel.close();
                }
            }
        }
        return Optional.ofNullable(taken);
    }

    /** Removes what locks leave in a folder. */
    public static void delete(Path folder) throws IOException {
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
}
