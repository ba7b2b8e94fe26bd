package kinema.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.LatentSpace;
import kinema.nn.Pixels;
import kinema.system.CommonSettings;
import kinema.system.OpenOptions;
import kinema.system.Sampling;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;

/**
 * The draft decoder of a model, where it has one: it makes previews, and the pictures of requests that want drafts.
 *
 * <p>Axes as in {@link CogVideoXPipeline}. Thread-safe.
 */
final class DraftPart implements AutoCloseable {
    private final Path model;
    private final LatentSpace space;
    private final Optional<DraftFile> file;

    private DraftPart(Path model, LatentSpace space, Optional<DraftFile> file) {
        this.model = model;
        this.space = space;
        this.file = file;
    }

    /**
     * Opens the one that is asked for, else the model's own.
     *
     * @throws WeightsException when it is damaged, or for other latents
     */
    static DraftPart open(Path model, OpenOptions options, VaeConfig vae) {
        Optional<DraftFile> file = options.draftDecoder()
                .or(() -> DraftFile.in(model))
                .map(path -> DraftFile.open(path, vae.latentChannels(), options.device()));
        return new DraftPart(model, vae.latentSpace(), file);
    }

    /** Its weights, opened; empty where there is none. */
    Optional<DraftFile> file() {
        return file;
    }

    /** Tells it from all others. */
    Optional<String> digest() {
        return file.map(DraftFile::digest);
    }

    /**
     * Refuses drafts where there is nothing to make them.
     *
     * @throws IllegalArgumentException with what to do
     */
    void check(Sampling s) {
        if (!CommonSettings.isDraft(s.settings())) {
            return;
        }
        boolean cut = s.tile()
                .filter(tile -> !tile.covers(s.size().width(), s.size().height()))
                .isPresent();
        if (cut && s.condition().isEmpty()) {
            throw new IllegalArgumentException("a draft decoder decodes whole frames; leave the tile out");
        }
        if (file.isEmpty()) {
            throw new IllegalArgumentException(
                    "draft has a draft decoder make the pictures, and this model has none: there is no "
                            + model.resolve(DraftFile.FOLDER)
                            + "; put one there, or name its file when the model is opened"
                            + " (--draft-decoder), such as taecvx.safetensors");
        }
    }

    /**
     * Decodes (1, C, F, h, w), as the VAE takes them.
     *
     * @param frames is given the frames in chunks, (1, 3, T, H, W), about [-1, 1]; a chunk lives no longer than the call
     */
    void decode(Tensor z, Consumer<Tensor> frames) {
        var unused = file.orElseThrow().decoder().use(decoder -> {
            decoder.decode(z, frames);
            return decoder.config();
        });
    }

    /** All pictures of latents as the transformer knows them, (1, F, C, h, w): (T, H, W, 3) in [0, 1]. */
    Tensor pictures(Tensor latents) {
        return Scopes.keep(() -> {
            List<Tensor> parts = new ArrayList<>();
            Tensor z = space.toAutoencoder(latents); // (1, C, F, h, w)
            try {
                decode(z, chunk -> parts.add(Scopes.own(Pixels.fromNetwork(chunk))));
                return Tensors.cat(0, parts.toArray(Tensor[]::new)); // (T, H, W, 3)
            } finally {
                parts.forEach(Scopes::free);
            }
        });
    }

    @Override
    public void close() {
        file.ifPresent(DraftFile::close);
    }
}
