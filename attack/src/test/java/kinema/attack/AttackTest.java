package kinema.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kinema.attack.Attacker.Judged;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code attack.count} attacks of {@code attack.seed}, or the one of {@code attack.only}, and prints what came of them. */
class AttackTest {
    private static final String ROW = "%-14s %8s %8s %8s %14s %8s%n";

    @TempDir
    static Path folder;

    private static ChatServer chat;
    private static List<Target> targets;

    @BeforeAll
    static void layOut() throws IOException {
        chat = new ChatServer();
        targets = Targets.all(folder, chat);
    }

    @AfterAll
    static void close() {
        chat.close();
    }

    @Test
    void everyCommandTakesWholeFiles() throws IOException {
        Attacker attacker = new Attacker(targets, folder, 0);
        for (Target target : targets) {
            for (Judged judged : attacker.runWhole(target)) {
                assertThat(judged.outcome().code()).as(judged.toString()).isZero();
                assertThat(judged.broken()).as(judged.toString()).isEmpty();
            }
        }
    }

    @Test
    void everyAttackEndsByTheRules() throws IOException {
        String only = System.getProperty("attack.only", "");
        long first = only.isBlank() ? 0 : Long.parseLong(only);
        long count = only.isBlank() ? Long.getLong("attack.count", 200) : 1;
        Attacker attacker = new Attacker(targets, folder, Long.getLong("attack.seed", 1));
        List<Judged> broken = new ArrayList<>();
        Map<String, Tally> tallies = new LinkedHashMap<>();
        for (long i = first; i < first + count; i++) {
            Judged judged = attacker.run(i);
            tallies.computeIfAbsent(judged.target().name(), name -> new Tally()).add(judged);
            if (!judged.broken().isEmpty()) {
                broken.add(judged);
                System.out.println(judged);
            }
        }
        System.out.printf(Locale.ROOT, ROW, "file", "attacks", "refused", "taken", "processor ms", "MB");
        tallies.forEach((name, tally) -> tally.print(name));
        assertThat(broken).isEmpty();
    }

    /** What came of the attacks at one kind of file. */
    private static final class Tally {
        private int attacks;
        private int refused;
        private long slowest;
        private long most;

        void add(Judged judged) {
            attacks++;
            refused += judged.outcome().code() == 0 ? 0 : 1;
            slowest = Math.max(slowest, judged.outcome().cost().processorMillis());
            most = Math.max(most, judged.outcome().cost().bytes());
        }

        void print(String name) {
            System.out.printf(Locale.ROOT, ROW, name, attacks, refused, attacks - refused, slowest, most >> 20);
        }
    }
}
