package kinema.train.data;

import java.nio.file.Path;

/**
 * What {@link Precompute} left in a folder.
 *
 * @param folder of the shards
 * @param clips that are there
 * @param skipped clips that could not be used; the folder's {@code manifest.json} says why
 */
public record Precomputed(Path folder, long clips, long skipped) {
    /**
     * Reads a folder's manifest.
     *
     * @throws IllegalArgumentException when it is damaged
     */
    public static Precomputed in(Path folder) {
        Manifest manifest = Manifest.read(folder);
        return new Precomputed(folder, manifest.clips(), manifest.skipped().size());
    }
}
