package kinema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import kinema.cogvideox.CogVideoXCodec;
import kinema.cogvideox.CogVideoXDescription;
import kinema.cogvideox.CogVideoXPipeline;
import kinema.cogvideox.CogVideoXRules;
import kinema.cogvideox.files.CogVideoXConversion;
import kinema.diffusion.PipelineDescription;
import kinema.diffusion.PipelineRules;
import kinema.diffusion.VideoCodec;
import kinema.diffusion.VideoPipeline;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.ConversionListener;
import kinema.weights.Loading;
import kinema.weights.WeightsException;

/** The one class that lists the systems, by the pipeline class that a checkpoint's {@code model_index.json} names. */
final class Systems {
    /**
     * A system: its name, how it opens a checkpoint, what it says of one without opening it and what that can do, how it
     * opens the VAE alone, where its parts lie, whether a folder holds one in the authors' own layout, and how that becomes
     * the published one.
     */
    private record Entry(
            String system,
            BiFunction<Path, Loading, VideoPipeline> open,
            Function<Path, PipelineDescription> describe,
            Function<Path, PipelineRules> rules,
            Function<Path, VideoCodec> openVae,
            Function<Path, CheckpointParts> parts,
            Predicate<Path> isAuthors,
            Converter convert) {}

    /** Writes a checkpoint anew in the published layout. */
    private interface Converter {
        void convert(Path folder, Path target, ConversionListener listener) throws IOException;
    }

    private static final Entry COGVIDEOX = new Entry(
            "cogvideox",
            CogVideoXPipeline::open,
            CogVideoXDescription::of,
            CogVideoXRules::of,
            CogVideoXCodec::open,
            CogVideoXDescription::parts,
            CogVideoXPipeline::isAuthors,
            CogVideoXConversion::convert);

    private static final List<Entry> ALL = List.of(COGVIDEOX);

    private static final Map<String, Entry> BY_PIPELINE = Map.of(
            "CogVideoXPipeline", COGVIDEOX,
            "CogVideoXImageToVideoPipeline", COGVIDEOX,
            "CogVideoXVideoToVideoPipeline", COGVIDEOX,
            "CogVideoXFunControlPipeline", COGVIDEOX);

    private Systems() {}

    static VideoModel open(Path folder, OpenOptions options) {
        Entry entry = entry(folder);
        return new PipelineModel(folder, entry.system(), entry.open().apply(folder, options.loading()), options);
    }

    static VideoAutoencoder openVae(Path folder) {
        return new VideoAutoencoder(folderName(folder), entry(folder).openVae().apply(folder));
    }

    /** What a checkpoint is called: as its folder is. */
    static String folderName(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    static String name(Path folder) {
        return entry(folder).system();
    }

    static PipelineDescription describe(Path folder) {
        return entry(folder).describe().apply(folder);
    }

    static ModelRules rules(Path folder) {
        return new ModelRules(entry(folder).rules().apply(folder));
    }

    static CheckpointParts parts(Path folder) {
        return entry(folder).parts().apply(folder);
    }

    static void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        entry(folder).convert().convert(folder, target, listener);
    }

    private static Entry entry(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(folder + ": no such folder; a model is a folder with model_index.json");
        }
        for (Entry entry : ALL) {
            if (entry.isAuthors().test(folder)) {
                return entry;
            }
        }
        Path file = folder.resolve("model_index.json");
        if (!Files.exists(file)) {
            throw new WeightsException(file + ": missing, and there is no transformer/*/mp_rank_00_model_states.pt, as"
                    + " CogVideoX's authors give it out; name the folder that holds all parts of the model");
        }
        ConfigFile index = ConfigFile.read(file);
        String pipeline = index.text("_class_name", "");
        Entry entry = BY_PIPELINE.get(pipeline);
        if (entry == null) {
            throw new WeightsException(index.file() + ": unknown pipeline '" + pipeline + "'; known: "
                    + String.join(", ", new TreeSet<>(BY_PIPELINE.keySet())));
        }
        return entry;
    }
}
