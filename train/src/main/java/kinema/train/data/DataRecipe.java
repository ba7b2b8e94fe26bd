package kinema.train.data;

import java.nio.file.Path;
import java.util.List;
import kinema.train.ClipSource;
import kinema.train.Recipes;
import kinema.train.world.World;
import kinema.train.world.WorldClips;

/**
 * Which clips a run is given.
 *
 * @param fps frames per second of clips from folders; the world has its own
 * @param sources where they come from
 */
public record DataRecipe(double fps, List<Source> sources) {
    /**
     * One source.
     *
     * @param kind {@code world}, rendered clips, or {@code folder}, videos and pictures with captions
     * @param folder of the kind that has one
     * @param clips of the world; 0 for all that a folder holds
     */
    public record Source(String kind, String folder, long clips) {
        /** Checks the kind and what it needs. */
        public Source {
            Recipes.require(
                    kind.equals("world") || kind.equals("folder"),
                    "data.sources.kind must be world or folder",
                    "'" + kind + "'");
            Recipes.require(
                    kind.equals("world") == folder.isEmpty(),
                    "data.sources.folder belongs to the kind folder alone",
                    "'" + folder + "' with " + kind);
            Recipes.require(
                    kind.equals("world") ? clips > 0 : clips == 0,
                    "data.sources.clips must be above 0 for the world, and not given for a folder",
                    clips);
        }
    }

    /** Checks the ranges. */
    public DataRecipe {
        Recipes.require(fps > 0, "data.fps must be above 0", fps);
        Recipes.require(!sources.isEmpty(), "data.sources must have at least one entry", sources);
        sources = List.copyOf(sources);
        boolean mixed = sources.stream().map(Source::kind).distinct().count() > 1;
        Recipes.require(!mixed || fps == World.FPS, "data.fps must be the world's " + World.FPS + " beside it", fps);
    }

    /**
     * Opens the sources.
     *
     * @param seed of what is rendered
     */
    public ClipSource open(long seed) {
        return new MixedClips(sources.stream().map(source -> open(source, seed)).toList());
    }

    private ClipSource open(Source source, long seed) {
        return source.kind().equals("world")
                ? new WorldClips(new World(), source.clips(), seed)
                : new FolderClips(Path.of(source.folder()), fps);
    }
}
