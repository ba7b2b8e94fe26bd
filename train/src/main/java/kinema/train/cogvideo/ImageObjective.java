package kinema.train.cogvideo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.train.Clips;
import kinema.train.Objective;
import kinema.train.PictureMetrics;
import kinema.train.ProductPrecision;
import kinema.train.Slot;
import kinema.train.Workers;
import kinema.train.data.SlotClips;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What an image autoencoder learns: pictures that are near the true ones, from the nearest codes in place of the encoder's
 * points, and points that stay near their codes. Derivatives pass the exchange as if there were none (straight through); the codes
 * have none, but follow the points ({@link EmaCodebook}).
 *
 * <p>Axes: B pictures, H rows, W columns, E numbers of a code, h = H / rate, w = W / rate.
 *
 * @see <a href="https://arxiv.org/abs/1711.00937">VQ-VAE, sections 3.1 and 3.2</a>
 */
final class ImageObjective implements Objective {
    private final ImageRecipe recipe;
    private final ImageAutoencoder network;
    private final EmaCodebook codebook;
    private final SlotClips clips;

    ImageObjective(ImageRecipe recipe, ImageAutoencoder network, EmaCodebook codebook, SlotClips clips) {
        this.recipe = recipe;
        this.network = network;
        this.codebook = codebook;
        this.clips = clips;
    }

    @Override
    public List<String> columns() {
        return List.of("psnr", "commitment", "perplexity");
    }

    @Override
    public Map<String, Tensor> state() {
        return codebook.state();
    }

    @Override
    public Loss loss(Slot slot) {
        SlotClips.Batch batch = clips.next();
        Tensor video = Clips.batch(batch.clips()); // (B, 3, 1, H, W)
        ProductPrecision precision = recipe.precision();
        Tensor encoded = precision.compute(() -> network.project(pixels(video), recipe.rate())); // (B, E, h, w)
        Quantised q = quantised(network, encoded.to(ScalarType.Float));
        Tensor made = precision.compute(() -> network.pictures(q.through(), recipe.rate())); // (B, 3, H, W)
        Tensor difference = clip(made.to(ScalarType.Float)).sub(video); // (B, 3, 1, H, W)
        Tensor commitment = q.commitment();
        Tensor loss = recipe.pictures()
                .of(difference, batch.masks())
                .add(commitment.mul(new Scalar(recipe.codebook().commitment())));
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("psnr", PictureMetrics.psnr(difference));
        parts.put("commitment", commitment.item_double());
        Tensor points = q.points().detach().permute(0, 2, 3, 1).flatten(0, 2); // (B·h·w, E)
        parts.put("perplexity", codebook.add(slot, points, q.ids().flatten()));
        return new Loss(loss, parts);
    }

    @Override
    public void moved(long step, Workers workers) {
        codebook.step(step, workers);
    }

    /**
     * Points and what takes their place.
     *
     * @param points (B, E, h, w) out of the encoder, with derivatives
     * @param ids (B, h, w) of the nearest codes
     * @param codes (B, E, h, w) these, without derivatives
     */
    record Quantised(Tensor points, Tensor ids, Tensor codes) {
        /** The codes' values with the points' derivatives, (B, E, h, w). */
        Tensor through() {
            return points.add(codes.sub(points).detach());
        }

        /** Mean squared difference of points and codes, with derivatives of the points alone. */
        Tensor commitment() {
            return points.sub(codes).square().mean();
        }
    }

    /** Codes of the encoder's points, (B, E, h, w). */
    static Quantised quantised(ImageAutoencoder network, Tensor points) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Tensor ids = network.nearest(points); // (B, h, w)
            return new Quantised(points, ids, network.codes(ids));
        }
    }

    /** Clips of one frame, (B, 3, 1, H, W) in [-1, 1], as pictures, (B, 3, H, W) in [0, 1]. */
    static Tensor pixels(Tensor clips) {
        return clips.squeeze(2).add(new Scalar(1.0)).mul(new Scalar(0.5));
    }

    /** The way back. */
    static Tensor clip(Tensor pixels) {
        return pixels.mul(new Scalar(2.0)).sub(new Scalar(1.0)).unsqueeze(2);
    }
}
