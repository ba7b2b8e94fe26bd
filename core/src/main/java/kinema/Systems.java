package kinema;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import kinema.diffusion.VideoPipeline;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/** The one class that lists the systems, by the pipeline class that a checkpoint's {@code model_index.json} names. */
final class Systems {
    /** A system's name and how it opens a checkpoint. */
    private record Entry(String system, Function<Path, VideoPipeline> open) {}

    private static final Map<String, Entry> BY_PIPELINE = Map.of();

    private Systems() {}

    static VideoModel open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(folder + ": no such folder; a model is a folder with model_index.json");
        }
        ConfigFile index = ConfigFile.read(folder.resolve("model_index.json"));
        String pipeline = index.text("_class_name", "");
        Entry entry = BY_PIPELINE.get(pipeline);
        if (entry == null) {
            throw new WeightsException(index.file() + ": unknown pipeline '" + pipeline + "'; known: "
                    + String.join(", ", new TreeSet<>(BY_PIPELINE.keySet())));
        }
        return new PipelineModel(folder, entry.system(), entry.open().apply(folder));
    }
}
