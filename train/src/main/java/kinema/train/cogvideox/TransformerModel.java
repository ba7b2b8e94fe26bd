package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.Spacing;
import kinema.tensor.Rng;
import kinema.train.ClipSource.Shape;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.LoraShape;
import kinema.weights.LoraWriter;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The network that a recipe trains: a new one, a published one that is trained on, or a change of low rank beside a published
 * one. Holds native memory until closed.
 */
final class TransformerModel implements AutoCloseable {
    private static final long TEXT_WIDTH = 384; // of MiniLM
    private static final String LORA_FILE = "pytorch_lora_weights.safetensors";

    private final TransformerRecipe recipe;
    private final Path folder;
    private final VaeConfig vae;
    private final TransformerConfig config;
    private final SchedulerFile scheduler;
    private final @Nullable LoraShape lora;
    private final @Nullable Checkpoint base; // of a LoRA, and of a teacher
    private final Parameters parameters;
    private final ExpertTransformer network;

    /** Makes, or opens, the network. */
    TransformerModel(TransformerRecipe recipe) {
        this.recipe = recipe;
        boolean fresh = recipe.start().isEmpty();
        folder = folder(recipe);
        ModelFiles files = ModelFiles.of(folder);
        vae = vae(recipe);
        config = config(recipe);
        scheduler = fresh
                ? new SchedulerFile(schedule(recipe), Spacing.TRAILING, 0)
                : SchedulerFile.read(files.scheduler());
        lora = lora(recipe);
        base = lora == null && recipe.distill().steps() == 0
                ? null
                : files.openTransformer(Placement.resident(ScalarType.Float));
        parameters = parameters(files, fresh);
        network = made();
    }

    private static Path folder(TransformerRecipe recipe) {
        return Path.of(recipe.start().isEmpty() ? recipe.vae() : recipe.start());
    }

    static VaeConfig vae(TransformerRecipe recipe) {
        Path folder = folder(recipe);
        return VaeConfig.of(
                recipe.start().isEmpty()
                        ? ConfigFile.read(folder.resolve("vae/config.json"))
                        : ModelFiles.of(folder).vae());
    }

    static TransformerConfig config(TransformerRecipe recipe) {
        return recipe.start().isEmpty()
                ? config(recipe, vae(recipe))
                : TransformerConfig.of(ModelFiles.of(folder(recipe)).transformer());
    }

    static @Nullable LoraShape lora(TransformerRecipe recipe) {
        TransformerRecipe.LoraRecipe l = recipe.lora();
        return l.rank() == 0 ? null : new LoraShape(l.rank(), l.alpha(), l.targets());
    }

    private Parameters parameters(ModelFiles files, boolean fresh) {
        try (Rng rng = new Rng(recipe.seed())) {
            if (lora != null) {
                return Parameters.init(lora.tree(w -> new ExpertTransformer(w, config)), rng);
            }
            if (fresh) {
                return Parameters.init(w -> new ExpertTransformer(w, config), rng);
            }
        }
        try (Checkpoint checkpoint = files.openTransformer(Placement.resident(ScalarType.Float))) {
            return Parameters.of(w -> new ExpertTransformer(w, config), checkpoint);
        }
    }

    private ExpertTransformer made() {
        Weights trained = new Weights(parameters);
        return lora == null || base == null
                ? new ExpertTransformer(trained, config)
                : base.load(w -> new ExpertTransformer(w.with(lora.adapters(trained)), config));
    }

    TransformerConfig config() {
        return config;
    }

    VaeConfig vae() {
        return vae;
    }

    ScheduleConfig schedule() {
        return scheduler.schedule();
    }

    /**
     * The network as it is at the start, where a student of few steps learns from it; else null.
     *
     * @param noCaption states of an empty text, (1, L, C)
     */
    @Nullable
    Teacher teacher(Tensor noCaption) {
        return base == null || recipe.distill().steps() == 0
                ? null
                : new Teacher(base.load(w -> new ExpertTransformer(w, config)), scheduler, recipe.distill(), noCaption);
    }

    /** The model folder whose VAE and text encoder clips are coded with. */
    Path folder() {
        return folder;
    }

    Parameters parameters() {
        return parameters;
    }

    ExpertTransformer network() {
        return network;
    }

    /** What turns captions into states, to be closed. */
    TextCoder textCoder() {
        return recipe.start().isEmpty()
                ? TextCoder.miniLm(config.maxTextLength())
                : TextCoder.of(ModelFiles.of(folder), config.maxTextLength());
    }

    boolean imageToVideo() {
        return config.inChannels() > config.outChannels();
    }

    /** The LoRA's file in a folder of results; null when the whole network is trained. */
    @Nullable
    Path loraFile(Path results) {
        return lora == null ? null : results.resolve(LORA_FILE);
    }

    /** Writes what is trained into a folder: a LoRA's file, or a whole model. */
    void write(Path results, double fps) {
        TrainedFolder out = new TrainedFolder(results);
        if (lora != null) {
            out.make();
            LoraWriter.write(results.resolve(LORA_FILE), "transformer", lora, parameters.parts(parameters.values()));
            return;
        }
        out.network("transformer", config.toMap(), parameters);
        out.copyOthers(folder, recipe.start().isEmpty() ? List.of("vae") : List.of());
        if (recipe.start().isEmpty()) {
            out.scheduler(schedule());
            out.index(defaults(fps));
        } else if (recipe.distill().steps() > 0) {
            out.scheduler(schedule());
            out.fewSteps(recipe.distill().steps());
        }
        out.recordDigests();
    }

    private Map<String, Object> defaults(double fps) {
        Shape last = last(recipe);
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("steps", recipe.sampling().steps());
        defaults.put("guidance", recipe.sampling().guidance());
        defaults.put("width", last.width());
        defaults.put("height", last.height());
        defaults.put("frames", last.frames());
        defaults.put("fps", fps);
        return defaults;
    }

    /** The largest clips of the last stage: what a new model is made for. */
    private static Shape last(TransformerRecipe recipe) {
        List<Shape> sizes = recipe.stages().get(recipe.stages().size() - 1).sizes();
        return sizes.stream()
                .max(Comparator.comparingLong(s -> (long) s.width() * s.height() * s.frames()))
                .orElseThrow();
    }

    private static ScheduleConfig schedule(TransformerRecipe recipe) {
        ScheduleConfig published = SchedulerFile.COGVIDEOX_5B;
        return new ScheduleConfig(
                published.trainTimesteps(),
                published.betaStart(),
                published.betaEnd(),
                recipe.network().snrShift(),
                published.zeroTerminalSnr());
    }

    private static TransformerConfig config(TransformerRecipe recipe, VaeConfig vae) {
        TransformerRecipe.Network n = recipe.network();
        Shape last = last(recipe);
        Map<String, Object> shapes = new HashMap<>();
        shapes.put("num_attention_heads", n.heads());
        shapes.put("attention_head_dim", n.headDim());
        shapes.put("num_layers", n.layers());
        shapes.put("in_channels", vae.latentChannels());
        shapes.put("out_channels", vae.latentChannels());
        shapes.put("text_embed_dim", TEXT_WIDTH);
        shapes.put("time_embed_dim", n.timeEmbedDim());
        shapes.put("max_text_seq_length", n.maxTextLength());
        shapes.put("sample_width", last.width() / vae.spatialCompression());
        shapes.put("sample_height", last.height() / vae.spatialCompression());
        shapes.put("sample_frames", last.frames());
        shapes.put("temporal_compression_ratio", vae.temporalCompression());
        shapes.put("spatial_interpolation_scale", 1);
        shapes.put("use_rotary_positional_embeddings", n.rotary());
        return TransformerConfig.COGVIDEOX_2B.with(shapes);
    }

    @Override
    public void close() {
        parameters.close();
        if (base != null) {
            base.close();
        }
    }
}
