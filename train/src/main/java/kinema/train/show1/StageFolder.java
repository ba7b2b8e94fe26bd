package kinema.train.show1;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import kinema.show1.SchedulerFiles;
import kinema.show1.Show1Files;
import kinema.show1.Show1Files.Part;
import kinema.show1.Show1Size;
import kinema.show1.TextParts;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.NetworkFolder;
import kinema.weights.ModelIndex;

/**
 * Writes a stage's checkpoint in the published layout, beside those that are there of a model. Its index says how far a model with it
 * goes: so one in the making makes what it can, key frames first, without an option.
 */
final class StageFolder {
    private static final String UNET = "unet";
    private static final String CONFIG = "/scheduler_config.json";

    private final StageKind kind;
    private final StageRecipe recipe;
    private final ClipSource source;

    StageFolder(StageKind kind, StageRecipe recipe, ClipSource source) {
        this.kind = kind;
        this.recipe = recipe;
        this.source = source;
    }

    /** Writes the model as it is with the stage's network. */
    void write(Path model, StageNetwork network) {
        if (!recipe.model().isEmpty()) {
            new NetworkFolder(model).copy(Path.of(recipe.model()), name -> !name.equals(kind.folder()));
        }
        Path own = model.resolve(kind.folder());
        NetworkFolder folder = new NetworkFolder(own);
        Scopes.run(() -> folder.network(UNET, network.config().toMap(), network.stored()));
        folder.json("scheduler" + CONFIG, SchedulerFiles.sampler(kind.schedule()));
        if (kind.enlarges()) {
            folder.json("image_noising_scheduler" + CONFIG, SchedulerFiles.noising());
        }
        if (kind.latents()) {
            folder.copy(OpenVae.folder(recipe), OpenVae.NAME::equals);
        }
        linkText(folder);
        folder.json(ModelIndex.NAME, index());
        new NetworkFolder(model).words(source.words()); // one that was trained further may know more
    }

    /** Whether a model in a folder has all that it takes to go as far as this stage. */
    boolean isWhole(Path model) {
        Show1Files files = Show1Files.of(model);
        Optional<Part> own = kind.part().filter(part -> part != Part.FIRST_FRAME);
        return own.isPresent()
                && Arrays.stream(Part.values())
                        .filter(part -> part.compareTo(own.get()) <= 0)
                        .allMatch(files::has);
    }

    /** The first of the stages in pixels brings the encoder for all of them. */
    private void linkText(NetworkFolder folder) {
        boolean brings = kind == StageKind.BASE || kind == StageKind.EXPERT;
        if (brings && !recipe.text().isEmpty()) {
            Show1Files files = Show1Files.of(Path.of(recipe.text()));
            Path encoder =
                    kind.latents() ? files.folder(Part.EXPERT, "text_encoder") : files.textFolder("text_encoder");
            folder.copy(Objects.requireNonNull(encoder.getParent()), List.of("text_encoder", "tokenizer")::contains);
        }
    }

    private Map<String, Object> index() {
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("_class_name", kind.pipeline());
        index.put(ModelIndex.OWN, defaults());
        if (recipe.text().isEmpty()) {
            index.put("text_encoder", List.of("kinema", TextParts.MINI_LM));
            index.put("tokenizer", List.of("kinema", "WordPieceTokenizer"));
        } else {
            index.put("text_encoder", List.of("transformers", kind.latents() ? "CLIPTextModel" : "T5EncoderModel"));
            index.put("tokenizer", List.of("transformers", kind.latents() ? "CLIPTokenizer" : "T5Tokenizer"));
        }
        index.put(
                UNET,
                List.of(kind.clips() ? "showone" : "diffusers", "UNet" + (kind.clips() ? 3 : 2) + "DConditionModel"));
        String sampler = String.valueOf(SchedulerFiles.sampler(kind.schedule()).get("_class_name"));
        index.put("scheduler", List.of("diffusers", sampler));
        if (kind.enlarges()) {
            index.put("image_noising_scheduler", List.of("diffusers", "DDPMScheduler"));
        }
        if (kind.latents()) {
            index.put(OpenVae.NAME, List.of("diffusers", "AutoencoderKL"));
        }
        return index;
    }

    /** What the model's own values of settings are, as far as this stage knows them. */
    private Map<String, Object> defaults() {
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("text-tokens", recipe.textTokens());
        switch (kind) {
            case IMAGES -> {}
            case BASE -> {
                own.put("until", "base");
                size(own, kind.frames(recipe.size().frames()), source.fps() / Show1Size.KEY_EVERY);
                own.put("key-width", recipe.size().width());
                own.put("key-height", recipe.size().height());
                sampling(own, "base");
            }
            case INTERPOLATION -> {
                own.put("until", "interpolate");
                size(own, recipe.size().frames(), source.fps());
                sampling(own, "interpolate");
            }
            case FIRST_FRAME -> sampling(own, "first-frame");
            case UPSCALING -> {
                own.put("until", "upscale");
                size(own, recipe.size().frames(), source.fps());
                own.put("upscale.scale", recipe.scale());
                sampling(own, "upscale");
            }
            case EXPERT -> {
                own.put("until", "refine");
                size(own, recipe.size().frames(), source.fps());
                own.put("negative", "");
                sampling(own, "refine");
            }
        }
        return own;
    }

    private void size(Map<String, Object> own, int frames, double fps) {
        own.put("width", recipe.size().width());
        own.put("height", recipe.size().height());
        own.put("frames", frames);
        own.put("fps", fps);
    }

    private void sampling(Map<String, Object> own, String stage) {
        own.put(stage + ".steps", recipe.sampling().steps());
        own.put(stage + ".guidance", recipe.sampling().guidance());
        if (kind.enlarges()) {
            own.put(stage + ".noise-level", recipe.sampling().noiseLevel());
        }
    }
}
