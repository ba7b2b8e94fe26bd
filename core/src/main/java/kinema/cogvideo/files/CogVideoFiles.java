package kinema.cogvideo.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.Placement;
import kinema.weights.SatStates;
import kinema.weights.StoredNetwork;
import kinema.weights.StoredTensor;
import kinema.weights.TensorArchive;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where the parts of a CogVideo lie: in the folders of the authors' archives as they unpack, side by side with icetk's files,
 * or in one folder of this project's layout with {@code model_index.json}. Those of the later stages need not be there.
 *
 * @param folder the checkpoint's
 */
public record CogVideoFiles(Path folder) implements CheckpointParts {
    /** What {@code model_index.json} names as the pipeline. */
    public static final String PIPELINE = "CogVideoPipeline";

    /** The part with what prompts need, and the clusters. */
    static final String TOKENIZER = "tokenizer";

    private static final String LIBRARY = "cogvideo";
    private static final String CONFIG = "config.json";
    private static final String AUTHORS_CONFIG = "model_config.json";
    private static final List<String> CLUSTERS = List.of("cluster_label2.npy", "cluster_label.npy");
    private static final List<String> ICETK = List.of("", ".icetk_models", "icetk_models");

    /** Whether a folder is in the authors' layout: it has the folder of one of their archives. */
    public static boolean isAuthors(Path folder) {
        return !Files.exists(folder.resolve(ModelIndex.NAME))
                && (Files.isDirectory(folder.resolve(Part.KEYFRAMES.authors()))
                        || Files.isDirectory(folder.resolve(Part.INTERPOLATION.authors())));
    }

    /** Whether the folder is in the layout of this project. */
    public boolean isPublished() {
        return !isAuthors(folder);
    }

    @Override
    public ConfigFile index() {
        Path file = folder.resolve(ModelIndex.NAME);
        return isPublished() ? ConfigFile.read(file) : ConfigFile.of(file, index(parts()));
    }

    /** What the model states itself for requests that leave it open; empty where it has no index. */
    public Map<String, Object> stated() {
        return Files.exists(folder.resolve(ModelIndex.NAME)) ? new ModelIndex(index()).own() : Map.of();
    }

    /** What {@code model_index.json} says of a checkpoint with these parts. */
    public static Map<String, Object> index(List<Part> parts) {
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("_class_name", PIPELINE);
        index.put(TOKENIZER, List.of(LIBRARY, "IceTokenizer"));
        parts.forEach(part -> index.put(part.key(), List.of(LIBRARY, part.type())));
        return index;
    }

    /** The parts there are, and those there must be. */
    public List<Part> parts() {
        return List.of(Part.values()).stream().filter(this::has).toList();
    }

    /** Whether a part is there or must be; copies of the text-to-image model that equal the first are not. */
    public boolean has(Part part) {
        return Part.NEEDED.contains(part) || Files.isDirectory(place(part));
    }

    /**
     * Makes sure that the parts are there which the index names.
     *
     * @throws WeightsException for one that is not
     */
    public void check() {
        ConfigFile index = index();
        for (Part part : Part.values()) {
            if (!index.node(part.key()).isMissingNode() && !has(part)) {
                throw new WeightsException(index.file() + ": names the part '" + part.key()
                        + "', which is not there; put its folder back, or take its line out to do without that stage");
            }
        }
    }

    /**
     * The error for a request that needs a part which is not there.
     *
     * @param purpose such as {@code stage upscale makes large pictures}
     */
    public WeightsException missing(Part part, String purpose) {
        String advice = isPublished()
                ? "train it by 'kinema train " + part.key() + "', or convert a folder that has it"
                : "unpack the authors' " + part.authors() + ".zip into the folder";
        return new WeightsException(folder + ": this CogVideo has no part '" + part.key() + "', with which " + purpose
                + "; " + advice + ", or do without that stage");
    }

    /** The part itself, or the first text-to-image model where it is a copy of that which is left out. */
    public Part resolved(Part part) {
        return has(part) ? part : Part.BASE;
    }

    @Override
    public ConfigFile config(String name) {
        return Part.of(name).map(this::config).orElseGet(() -> ConfigFile.of(folder.resolve(name), Map.of()));
    }

    private ConfigFile config(Part part) {
        if (part == Part.IMAGE) {
            return ConfigFile.of(file(part), Map.of());
        }
        return ConfigFile.read(
                isPublished()
                        ? folder.resolve(part.key()).resolve(CONFIG)
                        : folder.resolve(part.authors()).resolve(AUTHORS_CONFIG));
    }

    /** The sizes of the first stage. */
    public BackboneConfig keyframes() {
        return BackboneConfig.of(config(Part.KEYFRAMES));
    }

    /** The sizes of the second stage. */
    public BackboneConfig interpolation() {
        return BackboneConfig.of(config(Part.INTERPOLATION));
    }

    /** The sizes of super-resolution. */
    public UpscalerConfig upscaler() {
        return UpscalerConfig.of(config(Part.UPSCALER));
    }

    /** The sizes of the image autoencoder, which its tensors tell. */
    public ImageConfig image() {
        Path file = file(Part.IMAGE);
        if (isPublished()) {
            try (Checkpoint checkpoint = open(Part.IMAGE, Placement.resident(ScalarType.Float))) {
                return ImageConfig.of(file.toString(), checkpoint.tensors());
            }
        }
        try (TensorArchive archive = TensorArchive.open(file)) {
            return ImageConfig.of(file.toString(), archive.tensors());
        }
    }

    /** The text vocabulary. */
    public IceVocabulary vocabulary(long imageTokens) {
        return IceVocabulary.read(tokenizer(), imageTokens);
    }

    /** The cluster of each image token. */
    public long[] clusters(long imageTokens) {
        return ClusterFile.read(clusters(), imageTokens);
    }

    /** Writes the cluster of each image token into a folder of this project's layout. */
    public void writeClusters(long[] labels) throws IOException {
        Files.createDirectories(folder.resolve(TOKENIZER));
        ClusterFile.write(folder.resolve(TOKENIZER).resolve(CLUSTERS.get(0)), labels);
    }

    /** The file of the text vocabulary, whether or not it is there. */
    public Path tokenizer() {
        return icetk(List.of(IceVocabulary.NAME));
    }

    /** The file of the clusters, whether or not it is there. */
    Path clusters() {
        return icetk(CLUSTERS);
    }

    @Override
    public Path folder(String name) {
        return Part.of(name).map(this::place).orElseGet(() -> tokenizer().getParent());
    }

    @Override
    public StoredNetwork network(String name) {
        Part part = Part.of(name)
                .orElseThrow(
                        () -> new WeightsException(folder.resolve(name) + ": CogVideo has no network '" + name + "'"));
        if (isPublished()) {
            return StoredNetwork.ofFolder(folder.resolve(part.key()));
        }
        Path file = file(part);
        try (TensorArchive archive = TensorArchive.open(file)) {
            return StoredNetwork.of(file, below(part, archive.tensors()));
        }
    }

    /** Opens a part's weights. */
    public Checkpoint open(Part part, Placement placement) {
        if (isPublished()) {
            return Checkpoint.open(folder.resolve(part.key()), placement);
        }
        return Checkpoint.open(file(part), placement, tensors -> below(part, tensors));
    }

    /** Opens what a stage adds and the text-to-image model it is added to as one: {@code mixins} and {@code transformer}. */
    public Checkpoint openWithBase(Part added, Placement placement) {
        Map<String, Checkpoint> parts = new LinkedHashMap<>();
        try {
            parts.put(added.base().prefix(), open(resolved(added.base()), placement));
            parts.put(added.prefix(), open(added, placement));
            return Checkpoint.joined(place(added), placement, parts);
        } catch (RuntimeException e) {
            parts.values().forEach(Checkpoint::close);
            throw e;
        }
    }

    /** The tensors of a part among those of its file, by the keys the network asks for. */
    private static Map<String, StoredTensor> below(Part part, Map<String, StoredTensor> all) {
        if (part.prefix().isEmpty()) {
            return ImageConfig.withoutStatistics(all);
        }
        String start = part.prefix() + ".";
        Map<String, StoredTensor> some = new LinkedHashMap<>();
        all.forEach((key, tensor) -> {
            if (key.startsWith(start)) {
                some.put(key.substring(start.length()), tensor);
            }
        });
        return some;
    }

    private Path place(Part part) {
        return isPublished() || part == Part.IMAGE ? folder.resolve(part.key()) : folder.resolve(part.authors());
    }

    /** The file, or the folder, with a part's weights. */
    private Path file(Part part) {
        if (isPublished()) {
            return folder.resolve(part.key());
        }
        if (part == Part.IMAGE) {
            return required(icetk(List.of(part.authors())), "icetk's image tokenizer");
        }
        Path states = folder.resolve(part.authors());
        Path found = SatStates.find(states, part.authors());
        if (found == null) {
            throw new WeightsException(
                    states + ": missing, or without a folder of states such as 27000/; unpack the authors' "
                            + part.authors() + ".zip into " + folder);
        }
        return found;
    }

    private static Path required(Path file, String what) {
        if (!Files.isRegularFile(file)) {
            throw new WeightsException(file + ": no such file; it is " + what);
        }
        return file;
    }

    /** The first of icetk's files of these names that is there, else where the first is looked for. */
    private Path icetk(List<String> names) {
        List<Path> places = isPublished()
                ? List.of(folder.resolve(TOKENIZER))
                : ICETK.stream().map(folder::resolve).toList();
        return places.stream()
                .flatMap(place -> names.stream().map(place::resolve))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseGet(() -> places.get(0).resolve(names.get(0)));
    }
}
