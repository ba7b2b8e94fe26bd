package kinema.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies in folders of checkpoints. */
public final class FolderContents {
    private FolderContents() {}

    /**
     * Files and folders in a folder, by name; none where there is no folder.
     *
     * @throws WeightsException when it cannot be read
     */
    public static List<Path> of(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        } catch (IOException e) {
            throw WeightsException.unreadable(folder, e);
        }
    }
}
