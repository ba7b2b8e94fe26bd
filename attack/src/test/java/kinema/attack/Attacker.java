package kinema.attack;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import kinema.attack.Outcome.Cost;
import kinema.cli.Main;
import org.bytedeco.javacpp.Pointer;

/** Runs attacks, each made anew from its number, in this JVM: one that ends the process has its number in {@code current}. */
final class Attacker {
    private static final long SAMPLE_MILLIS = 20;

    private final List<Target> targets;
    private final Path folder;
    private final long seed;

    Attacker(List<Target> targets, Path folder, long seed) {
        this.targets = targets;
        this.folder = folder;
        this.seed = seed;
    }

    /** Which target attack {@code number} is at. */
    Target target(long number) {
        return targets.get(Math.toIntExact(number % targets.size()));
    }

    /** Runs an attack and judges it; what broke a rule stays in its folder. */
    Judged run(long number) throws IOException {
        Path here = Files.createDirectories(folder.resolve("run/" + number));
        Files.writeString(folder.resolve("current"), Long.toString(number));
        Target target = target(number);
        Random random = new Random(seed * 1_000_003 + number);
        Path changed = target.layOut(here, random);
        Outcome outcome = run(target.command(here, random), changed, target.keys(here, changed));
        List<String> broken = outcome.broken(here);
        if (broken.isEmpty()) {
            delete(here);
        }
        return new Judged(number, target, outcome, broken);
    }

    /** Runs a target's commands on its whole files: a refusal of these would hide what attacks do. */
    List<Judged> runWhole(Target target) throws IOException {
        List<Judged> all = new ArrayList<>();
        for (List<String> command : target.commands().stream().distinct().toList()) {
            Path here = Files.createDirectories(folder.resolve("run/whole"));
            Outcome outcome = run(Target.in(here, command), target.layOutWhole(here), Set.of());
            all.add(new Judged(-1, target, outcome, outcome.broken(here)));
            delete(here);
        }
        return all;
    }

    /** An attack with the rules it broke. */
    record Judged(long number, Target target, Outcome outcome, List<String> broken) {
        @Override
        public String toString() {
            String said = outcome.err().lines().reduce("", (first, second) -> second);
            return "attack " + number + " at " + target.name() + ": " + String.join(", ", broken) + "\n    "
                    + String.join(" ", outcome.command()) + "\n    " + outcome.code() + ": " + said;
        }
    }

    private static Outcome run(List<String> command, Path changed, Set<String> keys) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Peak peak = new Peak();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long begin = System.nanoTime();
        long beginProcessor = threads.getCurrentThreadCpuTime();
        int code = Main.run(command.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
        Cost cost = new Cost(
                millis(System.nanoTime() - begin),
                millis(threads.getCurrentThreadCpuTime() - beginProcessor),
                peak.grown());
        return new Outcome(command, changed, keys, code, out.toString(), err.toString(), cost);
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Watches how much memory the process takes, its heap's and all else. */
    private static final class Peak extends Thread {
        private final long begin = Pointer.physicalBytes();
        private volatile long most = begin;
        private volatile boolean ended;

        Peak() {
            super("peak");
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            while (!ended) {
                most = Math.max(most, Pointer.physicalBytes());
                try {
                    Thread.sleep(SAMPLE_MILLIS);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        long grown() {
            ended = true;
            return Math.max(most, Pointer.physicalBytes()) - begin;
        }
    }
}
