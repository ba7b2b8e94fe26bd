package kinema.cogvideox;

import java.nio.file.Path;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.ModelIndex;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.PipelineRules;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.Workload;
import kinema.weights.WeightsException;

/** What a CogVideoX checkpoint can do, as {@code model_index.json} and the networks' configs tell. Immutable. */
public final class CogVideoXRules implements PipelineRules {
    private final Task task;
    private final TransformerConfig transformer;
    private final VaeConfig vae;
    private final SamplingDefaults defaults;

    private CogVideoXRules(Path folder, ModelFiles files) {
        ModelIndex index = new ModelIndex(files.index());
        transformer = TransformerConfig.of(files.transformer());
        vae = VaeConfig.of(files.vae());
        task = Task.of(index);
        checkChannels(folder);
        defaults = index.defaults(transformer, vae);
    }

    /**
     * Reads the configs.
     *
     * @throws WeightsException when one is missing, damaged, or states what no network can have
     */
    public static CogVideoXRules of(Path folder) {
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

    @Override
    public SamplingDefaults defaults() {
        return defaults;
    }

    @Override
    public void check(Workload w) {
        task.check(w.condition());
        shape(w);
    }

    /**
     * The latents of a request.
     *
     * @throws IllegalArgumentException when the model cannot make such a video, with the nearest it can
     */
    LatentShape shape(Workload w) {
        return LatentShape.of(w, transformer, vae);
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
