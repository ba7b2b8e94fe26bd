package kinema.train.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import kinema.train.ClipSource.Shape;

/**
 * What a folder of shards holds: {@code manifest.json}.
 *
 * @param origin what the shards were made of and how
 * @param done clips of the source that are dealt with
 * @param shards the files
 * @param skipped the clips that could not be used
 */
record Manifest(String origin, long done, List<Shard> shards, List<Skipped> skipped) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String NAME = "manifest.json";

    /**
     * A file of clips of one shape.
     *
     * @param file its name
     * @param shape of its clips
     * @param clips how many
     */
    record Shard(String file, Shape shape, int clips) {}

    /**
     * A clip that could not be used.
     *
     * @param clip its number
     * @param reason what was wrong with it
     */
    record Skipped(long clip, String reason) {}

    /** The manifest of a folder; that of an empty one when there is none. */
    static Manifest read(Path folder, String origin) {
        if (!Files.exists(folder.resolve(NAME))) {
            return new Manifest(origin, 0, List.of(), List.of());
        }
        Manifest manifest = read(folder);
        if (!manifest.origin.equals(origin)) {
            throw new IllegalArgumentException(folder + ": its shards were made from '" + manifest.origin
                    + "', this recipe needs '" + origin + "'; give it another cache folder, or delete this one");
        }
        return manifest;
    }

    /** The manifest of a folder that has one, whatever its shards were made of. */
    static Manifest read(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            return JSON.readValue(file.toFile(), Manifest.class);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** The manifest after more clips. */
    Manifest with(long nowDone, List<Shard> more, List<Skipped> moreSkipped) {
        List<Shard> allShards = new ArrayList<>(shards);
        allShards.addAll(more);
        List<Skipped> allSkipped = new ArrayList<>(skipped);
        allSkipped.addAll(moreSkipped);
        return new Manifest(origin, nowDone, allShards, allSkipped);
    }

    /** Clips that are there. */
    long clips() {
        return shards.stream().mapToLong(Shard::clips).sum();
    }

    void write(Path folder) {
        Path partial = folder.resolve(NAME + ".partial");
        try {
            Files.writeString(partial, JSON.writeValueAsString(this) + "\n");
            Files.move(
                    partial, folder.resolve(NAME), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the manifest cannot be written", e);
        }
    }
}
