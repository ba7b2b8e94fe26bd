package kinema.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Names for outputs that the user did not name: they must not cost an earlier one. */
final class FreeName {
    private FreeName() {}

    /** {@code stem} and {@code ending} in a folder, with the first number from 2 between them where that is there already. */
    static Path in(Path folder, String stem, String ending) {
        Path free = folder.resolve(stem + ending);
        for (int i = 2; Files.exists(free); i++) {
            free = folder.resolve(stem + "-" + i + ending);
        }
        return free;
    }
}
