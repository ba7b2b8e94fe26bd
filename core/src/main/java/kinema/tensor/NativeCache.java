package kinema.tensor;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.CodeSource;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;

/**
 * The folder that native libraries are unpacked to from their jars at first use, which all programs of a user share. One process
 * at a time does: another that mapped a library while it is written would be ended by the system.
 *
 * @param folder where it is
 */
record NativeCache(Path folder) {
    /** Whether so named libraries were unpacked by a process that ended well. */
    boolean has(String name) {
        return Files.exists(done(name));
    }

    /**
     * Runs {@code loading}, and while no other process does where it has to unpack. Where that cannot be written down, or the file
     * system knows no locks, it runs all the same: what is wrong, if anything, it says itself.
     *
     * @param name of what is loaded, all of it; another version has another
     */
    synchronized void load(String name, Runnable loading) {
        if (has(name)) {
            loading.run();
            return;
        }
        boolean[] loaded = {false};
        try (FileChannel channel =
                FileChannel.open(folder.resolve("kinema.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            loaded[0] = true;
            loading.run();
            if (!has(name)) {
                Files.createFile(done(name));
            }
        } catch (IOException | OverlappingFileLockException e) {
            if (!loaded[0]) {
                loading.run();
            }
        }
    }

    /** A short name for libraries: it changes with the version of any of them. */
    static String name(Class<?> presets) {
        CRC32 sum = new CRC32();
        sum.update((jar(presets) + classPath()).getBytes(StandardCharsets.UTF_8));
        return "kinema-" + presets.getSimpleName() + "-" + Long.toHexString(sum.getValue());
    }

    /** Where a class comes from: its jar's name has a version in it, also that of a jar within a jar. */
    private static String jar(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        URL place = source == null ? null : source.getLocation();
        return place == null ? "" : place.toString();
    }

    private static String classPath() {
        String path = System.getProperty("java.class.path", "");
        if (path.endsWith(".jar") && !path.contains(File.pathSeparator)) { // a program's own, which names the others
            try (JarFile program = new JarFile(path)) {
                Manifest manifest = program.getManifest();
                return path
                        + (manifest == null ? "" : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH));
            } catch (IOException e) {
                return path;
            }
        }
        return path;
    }

    private Path done(String name) {
        return folder.resolve(name + ".complete");
    }
}
