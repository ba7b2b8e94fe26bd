package kinema.show1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.FolderContents;
import kinema.weights.ModelIndex;
import kinema.weights.StoredNetwork;
import kinema.weights.WeightsException;

/**
 * Where the parts of a Show-1 lie: five checkpoints, each in the published layout, beside one another or in one folder. They
 * are told by the pipeline that each one's {@code model_index.json} names, whatever their folders are called. A part goes by
 * its checkpoint's name and its own, such as {@code base/unet}.
 */
public final class Show1Files implements CheckpointParts {
    /** One of the five checkpoints. */
    public enum Part {
        BASE("TextToVideoIFPipeline", "showlab/show-1-base"),
        INTERPOLATION("TextToVideoIFInterpPipeline", "showlab/show-1-interpolation"),
        FIRST_FRAME("IFSuperResolutionPipeline", "DeepFloyd/IF-II-L-v1.0"),
        UPSCALING("TextToVideoIFSuperResolutionPipeline_Cond", "showlab/show-1-sr1"),
        EXPERT("VideoToVideoSDPipeline", "showlab/show-1-sr2");

        private final String pipeline;
        private final String published;

        Part(String pipeline, String published) {
            this.pipeline = pipeline;
            this.published = published;
        }

        /** The class of the pipeline it was published for. */
        public String pipeline() {
            return pipeline;
        }

        /** What its folder is called as it is published. */
        public String folderName() {
            return published.substring(published.indexOf('/') + 1);
        }

        /** The name in lower case, hyphens between its words. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final List<Part> WITH_TEXT = List.of(Part.BASE, Part.INTERPOLATION, Part.UPSCALING);

    private final Path folder;
    private final Map<Part, Path> places;

    private Show1Files(Path folder, Map<Part, Path> places) {
        this.folder = folder;
        this.places = places;
    }

    /** The pipelines that the indexes of Show-1's checkpoints name. */
    static List<String> pipelines() {
        return Stream.of(Part.values()).map(part -> part.pipeline).toList();
    }

    /** Whether a folder is one of the checkpoints, or holds some. */
    static boolean areIn(Path folder) {
        return ModelIndex.pipelineIn(folder)
                .map(pipelines()::contains)
                .orElseGet(() -> !find(folder).isEmpty());
    }

    /**
     * The checkpoints in a folder or, where it is one itself, beside it.
     *
     * @throws WeightsException when two are of one kind
     */
    public static Show1Files of(Path folder) {
        boolean isOne = ModelIndex.pipelineIn(folder).isPresent();
        Path around = isOne ? folder.toAbsolutePath().normalize().getParent() : folder;
        Map<Part, Path> places = new EnumMap<>(Part.class);
        find(around == null ? folder : around).forEach((part, found) -> {
            List<Path> own =
                    isOne ? found.stream().filter(path -> isSame(path, folder)).toList() : found;
            Path place = own.isEmpty() ? found.get(0) : own.get(0);
            if (found.size() > 1 && own.size() != 1) {
                throw new WeightsException(
                        around + ": holds several checkpoints of one kind, " + found + "; leave one of them there");
            }
            places.put(part, place);
        });
        return new Show1Files(folder, places);
    }

    /** Whether a checkpoint is there. */
    public boolean has(Part part) {
        return places.containsKey(part);
    }

    /**
     * A part of a checkpoint.
     *
     * @throws WeightsException when the checkpoint is not there
     */
    public Path folder(Part part, String name) {
        Path place = places.get(part);
        if (place == null) {
            throw new WeightsException(folder + ": this Show-1 has no " + part + " checkpoint, which this needs; put "
                    + part.published + " beside the others");
        }
        return place.resolve(name);
    }

    /** A config of a part of a checkpoint. */
    public ConfigFile config(Part part, String name) {
        Path file = folder(part, name);
        return name.endsWith("scheduler")
                ? ConfigFile.readScheduler(file.resolve("scheduler_config.json"))
                : ConfigFile.read(file.resolve("config.json"));
    }

    /**
     * Where T5 and its tokenizer lie: several checkpoints carry them, one is enough.
     *
     * @throws WeightsException when none does
     */
    public Path textFolder(String name) {
        return findText(name)
                .orElseThrow(() -> new WeightsException(folder + ": none of its checkpoints has a " + name + " folder; "
                        + Part.BASE.published + " brings it"));
    }

    /** Whether the text encoder of the stages in pixels is there. */
    boolean hasText() {
        return findText("text_encoder").isPresent();
    }

    private Optional<Path> findText(String name) {
        for (Part part : WITH_TEXT) {
            Path place = places.get(part);
            if (place != null && Files.isDirectory(place.resolve(name))) {
                return Optional.of(place.resolve(name));
            }
        }
        return Optional.empty();
    }

    /** The indexes of the checkpoints that are there and may bring the text encoder of the stages in pixels. */
    List<ModelIndex> pixelIndexes() {
        return WITH_TEXT.stream().filter(this::has).map(this::index).toList();
    }

    /** The index of a checkpoint that is there. */
    ModelIndex index(Part part) {
        return new ModelIndex(ConfigFile.read(folder(part, ModelIndex.NAME)));
    }

    /**
     * The model's own values of settings by their keys: the last checkpoint's that states one, for each knows what its stage makes; a
     * missing node where none does.
     */
    Function<String, JsonNode> own() {
        List<ModelIndex> indexes = places.keySet().stream().map(this::index).toList();
        return setting -> indexes.stream()
                .map(index -> index.own(setting))
                .filter(stated -> !stated.isMissingNode())
                .reduce(MissingNode.getInstance(), (before, stated) -> stated);
    }

    /** One index for all checkpoints: their networks, with the classes their own indexes name. */
    @Override
    public ConfigFile index() {
        Map<String, Object> parts = new LinkedHashMap<>();
        for (String name : networks()) {
            Split split = split(name);
            ConfigFile own = ConfigFile.read(folder(split.checkpoint(), ModelIndex.NAME));
            parts.put(name, List.of("", own.node(split.name()).path(1).asText("")));
        }
        return ConfigFile.of(folder, parts);
    }

    @Override
    public ConfigFile config(String part) {
        Split split = split(part);
        return config(split.checkpoint(), split.name());
    }

    @Override
    public Path folder(String part) {
        Split split = split(part);
        return folder(split.checkpoint(), split.name());
    }

    @Override
    public StoredNetwork network(String part) {
        return StoredNetwork.ofFolder(folder(part));
    }

    /** The parts with weights of the checkpoints that are there. */
    List<String> networks() {
        List<String> names = new ArrayList<>();
        places.forEach((part, place) -> Stream.of("text_encoder", "unet", "vae")
                .filter(name -> Files.isDirectory(place.resolve(name)))
                .forEach(name -> names.add(part + "/" + name)));
        return names;
    }

    private record Split(Part checkpoint, String name) {}

    private Split split(String part) {
        for (Part checkpoint : Part.values()) {
            if (part.startsWith(checkpoint + "/")) {
                return new Split(
                        checkpoint, part.substring(checkpoint.toString().length() + 1));
            }
        }
        throw new WeightsException(folder + ": no part '" + part + "'; there are " + String.join(", ", networks()));
    }

    private static Map<Part, List<Path>> find(Path folder) {
        Map<Part, List<Path>> found = new EnumMap<>(Part.class);
        for (Path path : FolderContents.of(folder)) {
            if (!Files.isDirectory(path)) {
                continue;
            }
            Optional<String> pipeline = ModelIndex.pipelineIn(path);
            for (Part part : Part.values()) {
                if (pipeline.filter(part.pipeline::equals).isPresent()) {
                    found.computeIfAbsent(part, unused -> new ArrayList<>()).add(path);
                }
            }
        }
        return found;
    }

    private static boolean isSame(Path a, Path b) {
        return a.toAbsolutePath().normalize().equals(b.toAbsolutePath().normalize());
    }
}
