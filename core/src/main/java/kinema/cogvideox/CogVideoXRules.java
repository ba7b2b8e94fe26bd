package kinema.cogvideox;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kinema.cogvideox.Workload.Kept;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.files.TextParts;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.system.Collected;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Stage;
import kinema.system.VideoSize;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/** What a CogVideoX checkpoint can do, as {@code model_index.json} and the networks' configs tell. Immutable. */
final class CogVideoXRules implements PipelineRules {
    private static final double FPS = 8;
    private static final double FPS_1_5 = 16;
    private static final int LONGEST_1_5 = 161; // frames: ten seconds and one

    /** What some published 1.5 image-to-video configs state as rows and columns of the latents, for no size in particular. */
    private static final long NO_SIZE = 300;

    private final Task task;
    private final TransformerConfig transformer;
    private final VaeConfig vae;
    private final VideoSize size;
    private final SchedulerFile scheduler;
    private final Caching caching;
    private final Schema settings;

    private CogVideoXRules(Path folder, ModelFiles files) {
        ModelIndex index = new ModelIndex(files.index());
        transformer = TransformerConfig.of(files.transformer());
        vae = VaeConfig.of(files.vae());
        task = Task.of(index);
        checkChannels(folder);
        TextParts.encoder(files)
                .requireWidth(files.transformer().file() + ": 'text_embed_dim'", transformer.textEmbedDim());
        size = size(index, transformer, vae);
        scheduler = SchedulerFile.read(files.scheduler());
        caching = new Caching(folder, transformer);
        settings = CogVideoXSettings.of(index, scheduler, caching);
        checkSize(files);
    }

    /** The size that requests have which leave it open must be one that can be made. */
    private void checkSize(ModelFiles files) {
        try {
            shape(new Workload(
                    size.width(),
                    size.height(),
                    size.frames(),
                    false,
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Results.NOTHING,
                    Kept.NOTHING,
                    false));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(
                    files.transformer().file() + ": sample_height, sample_width and sample_frames, or what "
                            + files.index().file() + " states in their place, are no size of a video: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Reads the configs.
     *
     * @throws WeightsException when one is missing, damaged, or states what no network can have
     */
    static CogVideoXRules of(Path folder) {
        return of(folder, ModelFiles.of(folder));
    }

    static CogVideoXRules of(Path folder, ModelFiles files) {
        try {
            return new CogVideoXRules(folder, files);
        } catch (IllegalArgumentException e) {
            throw new WeightsException(folder + ": " + e.getMessage(), e);
        }
    }

    TransformerConfig transformer() {
        return transformer;
    }

    VaeConfig vae() {
        return vae;
    }

    SchedulerFile scheduler() {
        return scheduler;
    }

    Caching caching() {
        return caching;
    }

    @Override
    public VideoSize size() {
        return size;
    }

    @Override
    public Schema settings() {
        return settings;
    }

    @Override
    public List<Stage> stages(Sampling s) {
        return CogVideoXStages.of(s);
    }

    @Override
    public void check(Sampling s) {
        task.check(s.pictures());
        CogVideoXSettings.check(s.settings());
        caching.check(s.settings());
        shape(Workload.of(s, Collected.NOTHING));
    }

    /** Those of version 1.5 were trained on whole seconds up to ten, and the one from images on several shapes; the others on one. */
    @Override
    public List<String> cautions(Sampling s) {
        VideoSize asked = s.size();
        boolean newer = transformer.patchFrames() > 0;
        boolean sameSize = asked.width() == size.width() && asked.height() == size.height();
        boolean sameShape = newer && task == Task.IMAGE && isBetween(asked);
        boolean sameLength = asked.frames() == size.frames() || (newer && isWholeSeconds(asked.frames()));
        if ((sameSize || sameShape) && sameLength) {
            return List.of();
        }
        return List.of(String.format(
                Locale.ROOT,
                "this model was made for %dx%d%s and %d frames%s: of %dx%d and %d frames the pictures may fall apart",
                size.width(),
                size.height(),
                newer && task == Task.IMAGE ? " and shapes between that and a square of its shorter side" : "",
                size.frames(),
                newer ? ", or others of 16k+1 up to " + LONGEST_1_5 : "",
                asked.width(),
                asked.height(),
                asked.frames()));
    }

    /** Whether the shorter side is the model's and the longer no longer than its, upright or lying. */
    private boolean isBetween(VideoSize asked) {
        return Math.min(asked.width(), asked.height()) == Math.min(size.width(), size.height())
                && Math.max(asked.width(), asked.height()) <= Math.max(size.width(), size.height());
    }

    private static boolean isWholeSeconds(int frames) {
        return frames > 1 && frames <= LONGEST_1_5 && (frames - 1) % (int) FPS_1_5 == 0;
    }

    /**
     * The latents of a request.
     *
     * @throws IllegalArgumentException when the model cannot make such a video, with the nearest it can
     */
    LatentShape shape(Workload w) {
        return LatentShape.of(w, transformer, vae);
    }

    /** The size the checkpoint states, else the one it was made for. */
    private static VideoSize size(ModelIndex index, TransformerConfig t, VaeConfig v) {
        boolean noSize = t.sampleWidth() == NO_SIZE && t.sampleHeight() == NO_SIZE;
        TransformerConfig made = noSize ? TransformerConfig.COGVIDEOX_1_5_5B_I2V : t;
        return new VideoSize(
                index.own("width").asInt(Math.toIntExact(made.sampleWidth() * v.spatialCompression())),
                index.own("height").asInt(Math.toIntExact(made.sampleHeight() * v.spatialCompression())),
                index.own("frames").asInt(Math.toIntExact(t.sampleFrames())),
                index.own("fps").asDouble(t.patchFrames() > 0 ? FPS_1_5 : FPS));
    }

    private void checkChannels(Path folder) {
        long latent = vae.latentChannels();
        long expected = task.inputs() * latent;
        if (transformer.inChannels() != expected || transformer.outChannels() != latent) {
            throw new WeightsException(folder.resolve("transformer/config.json") + ": " + task.words()
                    + " needs in_channels " + expected + " and out_channels " + latent + " for the VAE's " + latent
                    + ", found " + transformer.inChannels() + " and " + transformer.outChannels()
                    + "; is model_index.json that of another model?");
        }
    }
}
