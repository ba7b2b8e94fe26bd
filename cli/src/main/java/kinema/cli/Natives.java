package kinema.cli;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import kinema.Kinema;
import kinema.video.VideoFiles;
import org.bytedeco.javacpp.Loader;

/**
 * The native libraries, which JavaCPP unpacks from their jars at first use into a folder that all programs of a user share.
 * One process at a time does: another that mapped a library while it is written would be ended by the system.
 */
final class Natives {
    private Natives() {}

    /** Unpacks what is not unpacked yet. Where that cannot be written down it is left to JavaCPP. */
    static void prepare() {
        try {
            prepare(Loader.getCacheDir().toPath(), "kinema-" + libraries(), () -> {
                Kinema.loadLibtorch();
                VideoFiles.loadFfmpeg();
            });
        } catch (IOException e) {
            Kinema.loadLibtorch(); // which says what is wrong, if anything is
        }
    }

    /** A short name for all jars on the class path: it changes with the version of any of them. */
    private static String libraries() throws IOException {
        String path = System.getProperty("java.class.path", "");
        if (path.endsWith(".jar") && !path.contains(File.pathSeparator)) { // the program's own, which names the others
            try (JarFile program = new JarFile(path)) {
                path = String.valueOf(program.getManifest().getMainAttributes().get(Attributes.Name.CLASS_PATH));
            }
        }
        CRC32 sum = new CRC32();
        sum.update(path.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(sum.getValue());
    }

    /**
     * Runs {@code unpacking} unless it was run before, while no other process does.
     *
     * @param cache the folder it writes to
     * @param name of what is unpacked, all of it; another version has another
     * @throws IOException when the folder cannot be written, or its file system knows no locks
     */
    static synchronized void prepare(Path cache, String name, Runnable unpacking) throws IOException {
        Path done = cache.resolve(name + ".complete");
        if (Files.exists(done)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(
                        cache.resolve("kinema.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (lock.isValid() && !Files.exists(done)) {
                unpacking.run();
                Files.createFile(done);
            }
        }
    }
}
