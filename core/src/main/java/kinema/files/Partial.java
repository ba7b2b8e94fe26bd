package kinema.files;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Hidden names for what is not complete yet, beside the name it will have. They say for which target and which process
 * writes: one that was killed could not remove its own, so the next that writes there does.
 */
public final class Partial {
    /** Target, host, process, its start in seconds, and what tells several of a process apart. */
    private static final Pattern NAME =
            Pattern.compile("\\.kinema-([0-9a-f]+)-([0-9a-f]+)-([0-9]{1,18})-([0-9]{1,18})-[0-9a-f]+\\.part");

    /** Processes of other hosts cannot be seen from here. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
    private static final int MAX_LINKS = 40;

    private Partial() {}

    /** Where a name leads: itself or, for a symbolic link, what it names in the end, which need not be there yet. */
    public static Path followed(Path target) throws IOException {
        Path at = target;
        for (int links = 0; Files.isSymbolicLink(at); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemLoopException(target.toString());
            }
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        return at;
    }

    /** A new name for what will be {@code target}, in a folder of the same file system. */
    public static Path in(Path folder, Path target) {
        ProcessHandle me = ProcessHandle.current();
        String random = Integer.toHexString(ThreadLocalRandom.current().nextInt());
        return folder.resolve(String.format(
                Locale.ROOT, ".kinema-%s-%s-%d-%d-%s.part", hash(target), host(), me.pid(), started(me), random));
    }

    /** Removes what killed processes left of {@code target} in a folder. */
    public static void removeAbandoned(Path folder, Path target) throws IOException {
        List<Path> left;
        try (Stream<Path> files = Files.list(folder)) {
            left = files.filter(file -> isAbandoned(file, target)).toList();
        }
        for (Path file : left) {
            delete(file);
        }
    }

    /** Whether a file is one of these, of whatever target. */
    public static boolean isOne(Path file) {
        return NAME.matcher(file.getFileName().toString()).matches();
    }

    /** Removes a file, or a folder with all that is in it; nothing where there is none. */
    public static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(tree)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.deleteIfExists(file);
        }
    }

    /**
     * Tries whether a file can come into being, because permissions alone do not tell: a disk may be read-only, a folder may
     * be no real one, a name may be too long.
     *
     * @param folder where it is written until it is complete
     * @throws IOException why it cannot
     */
    public static void tryOut(Path folder, Path target) throws IOException {
        requireName(target);
        Path trial = in(folder, target);
        Files.createFile(trial);
        Files.delete(trial);
    }

    /**
     * Makes sure that a file may have a name, whether or not it is there.
     *
     * @throws IOException why it may not
     */
    public static void requireName(Path file) throws IOException {
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) { // it may have it, then
            return;
        }
    }

    private static boolean isAbandoned(Path file, Path target) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches() || !name.group(1).equals(hash(target))) {
            return false;
        }
        if (!name.group(2).equals(host())) {
            return isOld(file);
        }
        Optional<ProcessHandle> writer = ProcessHandle.of(Long.parseLong(name.group(3)));
        return writer.isEmpty() || started(writer.get()) != Long.parseLong(name.group(4));
    }

    private static boolean isOld(Path file) {
        try {
            return Files.getLastModifiedTime(file)
                    .toInstant()
                    .isBefore(Instant.now().minus(ABANDONED));
        } catch (IOException e) { // it is gone
            return false;
        }
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::getEpochSecond).orElse(0L);
    }

    private static String hash(Path target) {
        return Integer.toHexString(String.valueOf(target.getFileName()).hashCode());
    }

    /** Of the container, where this runs in one: a process's number means something only there. */
    private static String host() {
        String name = System.getenv().getOrDefault("COMPUTERNAME", "");
        try {
            name = Files.isReadable(HOST_NAME) ? Files.readString(HOST_NAME) : name;
        } catch (IOException e) {
            return Integer.toHexString(name.hashCode());
        }
        return Integer.toHexString(name.hashCode());
    }
}
