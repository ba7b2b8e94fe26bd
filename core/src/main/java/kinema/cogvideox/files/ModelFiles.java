package kinema.cogvideox.files;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.FolderContents;
import kinema.weights.ModelIndex;
import kinema.weights.Placement;
import kinema.weights.StoredNetwork;
import kinema.weights.StoredTensor;
import kinema.weights.TorchFile;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a model lie: in the published layout, or as the authors of CogVideoX gave them out, in files of their
 * training code (SAT) without configs. Every part may come in either form; a published config counts before a recognised
 * one.
 *
 * <pre>
 * published                                        authors
 * model_index.json
 * transformer/*.safetensors                        transformer/latest, transformer/1000/mp_rank_00_model_states.pt
 * vae/*.safetensors                                vae/3d-vae.pt
 * text_encoder/, tokenizer/                        t5-v1_1-xxl/, here or beside the model's folder
 * scheduler/, config.json of transformer and VAE
 * </pre>
 */
public final class ModelFiles implements CheckpointParts {
    private final Path folder;
    private final SatFiles sat;
    private @Nullable SatConfigs recognised;

    private ModelFiles(Path folder) {
        this.folder = folder;
        sat = new SatFiles(folder);
    }

    /** Those in a folder, which nothing is read of yet. */
    public static ModelFiles of(Path folder) {
        return new ModelFiles(folder);
    }

    /**
     * Whether a folder without {@code model_index.json} holds a transformer in the authors' form.
     *
     * @throws WeightsException when it holds one that is not whole
     */
    public static boolean isAuthors(Path folder) {
        return !Files.exists(folder.resolve(ModelIndex.NAME)) && new SatFiles(folder).transformer() != null;
    }

    /** Whether all is in the published layout. */
    boolean isPublished() {
        return Files.exists(folder.resolve(ModelIndex.NAME))
                && published(folder.resolve("transformer"))
                && published(folder.resolve("vae"));
    }

    @Override
    public ConfigFile index() {
        return configOr(ModelIndex.NAME, SatConfigs::index);
    }

    @Override
    public ConfigFile config(String part) {
        return switch (part) {
            case "transformer" -> transformer();
            case "vae" -> vae();
            case "scheduler" -> scheduler();
            default -> ConfigFile.read(folder(part).resolve("config.json"));
        };
    }

    /** The transformer's config. */
    public ConfigFile transformer() {
        return configOr("transformer/config.json", SatConfigs::transformer);
    }

    /** The autoencoder's config. */
    public ConfigFile vae() {
        return configOr("vae/config.json", SatConfigs::vae);
    }

    /** The scheduler's config. */
    public ConfigFile scheduler() {
        return configOr("scheduler/scheduler_config.json", SatConfigs::scheduler);
    }

    @Override
    public Path folder(String part) {
        return switch (part) {
            case "text_encoder", "tokenizer" -> text(part);
            default -> folder.resolve(part);
        };
    }

    @Override
    public StoredNetwork network(String part) {
        Path authors = authors(part);
        if (authors == null) {
            return StoredNetwork.ofFolder(folder(part));
        }
        try (TorchFile file = TorchFile.open(authors)) {
            return StoredNetwork.of(authors, naming(authors, names(part)).apply(file.tensors()));
        }
    }

    /** The folder with the text encoder's files. */
    public Path textEncoder() {
        return text("text_encoder");
    }

    /** The folder with the tokenizer's files. */
    public Path tokenizer() {
        return text("tokenizer");
    }

    /** Opens the transformer's weights. */
    public Checkpoint openTransformer(Placement placement) {
        return open("transformer", placement);
    }

    /** Opens the VAE's weights. */
    public Checkpoint openVae(Placement placement) {
        return open("vae", placement);
    }

    /** The digest of the transformer as it lies here, whatever was added to it since it was opened. */
    public String transformerDigest() {
        try (Checkpoint transformer = openTransformer(Placement.resident(ScalarType.Float))) {
            return PartDigest.ofTransformer(transformer);
        }
    }

    private Checkpoint open(String part, Placement placement) {
        Path authors = authors(part);
        if (authors != null) {
            return Checkpoint.open(authors, placement, naming(authors, names(part))::apply);
        }
        Checkpoint opened = Checkpoint.open(folder.resolve(part), placement);
        try {
            PartDigest.check(folder, part, opened);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The authors' file of a part; null where the part is in the published layout, or is in neither. */
    private @Nullable Path authors(String part) {
        Path own = folder.resolve(part);
        if (published(own)) {
            return null;
        }
        return switch (part) {
            case "transformer" -> sat.transformer();
            case "vae" -> isAuthors(folder) ? sat.requiredVae() : sat.vae();
            default -> null;
        };
    }

    /** From the names in the authors' file of a part to those the network asks for. */
    private Function<Map<String, StoredTensor>, Map<String, StoredTensor>> names(String part) {
        if (part.equals("vae")) {
            return SatVaeKeys::published;
        }
        TransformerConfig config = TransformerConfig.of(transformer());
        return tensors -> SatConfigs.withoutFixedPositions(SatTransformerKeys.published(tensors), config);
    }

    private ConfigFile configOr(String name, Function<SatConfigs, Map<String, ?>> recognise) {
        Path file = folder.resolve(name);
        if (Files.exists(file) || sat.transformer() == null) {
            return ConfigFile.read(file);
        }
        return ConfigFile.of(file, recognise.apply(recognised()));
    }

    private SatConfigs recognised() {
        if (recognised == null) {
            Path file = sat.transformer();
            if (file == null) {
                throw new IllegalStateException("only asked for where there is one");
            }
            try (TorchFile states = TorchFile.open(file)) {
                recognised = naming(file, tensors -> new SatConfigs(SatTransformerKeys.published(tensors)))
                        .apply(states.tensors());
            }
        }
        return recognised;
    }

    private Path text(String published) {
        Path here = folder.resolve(published);
        return Files.isDirectory(here) || !isAuthors(folder) ? here : sat.text(published);
    }

    /** Names the file in what is said of its tensors. */
    private static <T> Function<Map<String, StoredTensor>, T> naming(
            Path file, Function<Map<String, StoredTensor>, T> names) {
        return tensors -> {
            try {
                return names.apply(tensors);
            } catch (WeightsException | IllegalArgumentException | ArithmeticException e) {
                throw new WeightsException(file + ": " + e.getMessage(), e);
            }
        };
    }

    private static boolean published(Path part) {
        return FolderContents.of(part).stream()
                .map(Path::toString)
                .anyMatch(file -> file.endsWith(".safetensors") || file.endsWith(".safetensors.index.json"));
    }
}
