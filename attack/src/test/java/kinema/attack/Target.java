package kinema.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A file that is attacked, and the commands that then read it. A command's word {@code DIR} stands for a new folder of links to
 * {@code base}, in which the attacked file is a changed copy.
 *
 * @param name of the kind of file
 * @param base a folder with whole files
 * @param files those of them that are attacked, one at a time
 * @param mutator what is done to it
 * @param commands one of them is run
 */
record Target(String name, Path base, List<String> files, Mutator mutator, List<List<String>> commands) {
    /** Changes a file's bytes. */
    @FunctionalInterface
    interface Mutator {
        byte[] mutate(byte[] file, Random random);
    }

    /**
     * Lays the files out, one of them changed.
     *
     * @return the changed file
     */
    Path layOut(Path folder, Random random) throws IOException {
        return layOut(folder, files.get(random.nextInt(files.size())), mutator, random);
    }

    /** Lays the files out as they are. */
    Path layOutWhole(Path folder) throws IOException {
        return layOut(folder, files.get(0), (file, random) -> file, new Random());
    }

    private Path layOut(Path folder, String file, Mutator mutator, Random random) throws IOException {
        Path changed = folder.resolve(file);
        try (var all = Files.walk(base)) {
            for (Path from : all.toList()) {
                Path to = folder.resolve(base.relativize(from).toString());
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else if (to.equals(changed)) {
                    Files.write(to, mutator.mutate(Files.readAllBytes(from), random));
                } else {
                    Files.createLink(to, from);
                }
            }
        }
        return changed;
    }

    /** The keys that the whole of a changed file has, if it is JSON. */
    Set<String> keys(Path folder, Path changed) throws IOException {
        Path whole = base.resolve(folder.relativize(changed).toString());
        return whole.toString().endsWith(".json") ? Json.keys(Files.readAllBytes(whole)) : Set.of();
    }

    /** One of the commands, for files in a folder. */
    List<String> command(Path folder, Random random) {
        return in(folder, commands.get(random.nextInt(commands.size())));
    }

    /** A command for files in a folder. */
    static List<String> in(Path folder, List<String> command) {
        return command.stream()
                .map(word -> word.replace("DIR", folder.toString()))
                .toList();
    }
}
