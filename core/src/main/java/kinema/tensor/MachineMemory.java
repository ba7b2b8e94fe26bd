package kinema.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Pointer;

/** How much memory this machine has to give. */
public final class MachineMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path GROUP = Path.of("/sys/fs/cgroup");
    private static final long KIB = 1024;

    private MachineMemory() {}

    /** Bytes a program can still take: what the system calls available, and no more than a container's limit leaves. */
    public static long free() {
        OptionalLong available = value(MEMINFO, "MemAvailable:");
        long machine = available.isPresent() ? available.getAsLong() * KIB : Pointer.availablePhysicalBytes();
        return Math.min(machine, container().orElse(Long.MAX_VALUE));
    }

    /** Of a Linux container: its limit less what it uses, but for cached files, which give way. */
    private static OptionalLong container() {
        OptionalLong limit = number(GROUP.resolve("memory.max"));
        OptionalLong used = number(GROUP.resolve("memory.current"));
        if (limit.isEmpty() || used.isEmpty()) {
            return OptionalLong.empty();
        }
        long cached = value(GROUP.resolve("memory.stat"), "inactive_file ").orElse(0);
        return OptionalLong.of(limit.getAsLong() - used.getAsLong() + cached);
    }

    /** The number after a key at the start of a line. */
    private static OptionalLong value(Path file, String key) {
        return text(file)
                .lines()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(
                        line.substring(key.length()).replace("kB", "").strip()))
                .findFirst();
    }

    /** A file's only number; empty where there is none, such as for "max". */
    private static OptionalLong number(Path file) {
        String text = text(file).strip();
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }
}
