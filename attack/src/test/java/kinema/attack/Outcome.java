package kinema.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a command did to an attacked file.
 *
 * @param command as it was run
 * @param changed the attacked file
 * @param keys those that the whole file has, one of which a message names; empty for files without keys
 * @param code it ended with
 * @param out what it printed
 * @param err what it said
 * @param cost what it took
 */
record Outcome(List<String> command, Path changed, Set<String> keys, int code, String out, String err, Cost cost) {
    private static final Set<Integer> CODES = Set.of(0, 1, 2, 3, 4, 5, 6);
    private static final int MESSAGE = 300;
    private static final String PROGRAM = "kinema: ";

    /** What a command that only looks into a file may take of a processor. */
    private static final long LOOK_MILLIS = 5000;

    /** What any may take of the time, also on a busy machine: the commands are small. */
    private static final long WORK_MILLIS = 60_000;

    private static final long LOOK_BYTES = 300L << 20;
    private static final long WORK_BYTES = 600L << 20;

    /**
     * What a command took.
     *
     * @param millis of time
     * @param processorMillis of its thread; the numerics have no other in tests
     * @param bytes by which the process grew at most meanwhile
     */
    record Cost(long millis, long processorMillis, long bytes) {}

    /** The rules it broke, in words; none when all is well. */
    List<String> broken(Path folder) throws IOException {
        List<String> broken = new ArrayList<>();
        boolean looks = command.contains("inspect") || command.contains("--plan") || command.contains("probe");
        require(CODES.contains(code), "exit code " + code, broken);
        require(!looks || cost.processorMillis() <= LOOK_MILLIS, "too much to look into a file: " + cost, broken);
        require(cost.millis() <= WORK_MILLIS, "too long: " + cost, broken);
        require(cost.bytes() <= (looks ? LOOK_BYTES : WORK_BYTES), "too much memory: " + cost, broken);
        require(!steers(out) && !steers(err), "control characters", broken);
        require(!err.contains("internal error"), "an internal error", broken);
        require(!err.contains("not enough memory ("), "out of memory", broken);
        require(!err.contains("\tat "), "a stack trace", broken);
        List<String> messages =
                err.lines().filter(line -> line.startsWith(PROGRAM)).toList();
        if (code == 0) {
            require(messages.isEmpty(), "a message and exit code 0", broken);
        } else {
            require(messages.size() == 1, messages.size() + " messages", broken);
            require(messages.stream().allMatch(line -> line.length() <= MESSAGE), "a longer message", broken);
            require(messages.stream().allMatch(this::names), "the file is not named", broken);
            require(messages.stream().allMatch(this::namesKey), "no key is named", broken);
            require(!Files.exists(folder.resolve("o.mp4")), "an output of a command that failed", broken);
            require(!Files.exists(folder.resolve("out")), "a folder of a command that failed", broken);
            require(!Files.exists(folder.resolve("o.safetensors")), "tensors of a command that failed", broken);
        }
        try (Stream<Path> all = Files.walk(folder)) {
            require(
                    all.map(file -> file.getFileName().toString())
                            .noneMatch(name -> name.endsWith(".part") || name.endsWith(".partial")),
                    "half a file",
                    broken);
        }
        return broken;
    }

    /**
     * What the message is about: the file, the network or unfinished work it is part of, or the service that the answer comes
     * from. Numbers that are whole in the file and then grow beyond all bounds are named by step or chunk, and layer; sizes that
     * a format does not hold by the format; and of a size that the changed model cannot make the nearest it can.
     */
    private boolean names(String message) {
        return message.contains(changed.getFileName().toString())
                || isPartOfNamed(message)
                || command.contains("--enhance") && message.contains("http://")
                || message.startsWith(PROGRAM + ".mp4 ")
                || asksForAnotherSize(message)
                || message.contains(" not finite ") && message.contains("the first such number is in");
    }

    private boolean isPartOfNamed(String message) {
        Path folder = Objects.requireNonNull(changed.getParent());
        while (!folder.endsWith("model")
                && !Objects.requireNonNull(folder.getParent()).endsWith("run")) {
            if (message.contains("/" + folder.getFileName()) || message.contains(" " + folder.getFileName() + ": ")) {
                return true;
            }
            folder = Objects.requireNonNull(folder.getParent());
        }
        return false;
    }

    private boolean asksForAnotherSize(String message) {
        return command.contains("--size") && code == 2 && message.contains("; nearest: ");
    }

    /**
     * Whether a message names what is wrong within a file with keys. Text that is no JSON has none; where a config and weights
     * contradict each other, the tensors are named; of an index the shard that is not there; and a service's answer is no file of the user's.
     */
    private boolean namesKey(String message) {
        return keys.isEmpty()
                || command.contains("--enhance")
                || message.contains("JSON")
                || message.contains("not text in UTF-8")
                || message.contains("missing tensors")
                || message.contains(" missing (")
                || message.contains("wrongly shaped")
                || message.contains("tensors of another shape")
                || asksForAnotherSize(message)
                || message.contains(" shards, ")
                || keys.stream().anyMatch(message::contains);
    }

    private static boolean steers(String text) {
        return text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t');
    }

    private static void require(boolean holds, String otherwise, List<String> broken) {
        if (!holds) {
            broken.add(otherwise);
        }
    }
}
