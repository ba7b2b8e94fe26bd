package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.draft.DraftDecoder;
import kinema.train.Objective;
import kinema.train.PictureMetrics;
import kinema.train.Slot;
import kinema.train.data.Batches;
import kinema.train.data.ClipStage;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a draft decoder learns: the pictures that the VAE makes of the same latents.
 *
 * <p>Axes: B batch, Z latent channels, F h w latent frames, rows, columns, T H W frames, rows, columns of pixels.
 */
final class DraftObjective implements Objective {
    private final DraftRecipe recipe;
    private final DraftDecoder decoder;
    private final Shards shards;
    private final List<Batches> stages = new ArrayList<>();

    /**
     * An objective.
     *
     * @param shards that a {@link DraftCoder} made
     * @param trained those of their clips that are not measured
     */
    DraftObjective(DraftRecipe recipe, DraftDecoder decoder, Shards shards, List<Row> trained) {
        this.recipe = recipe;
        this.decoder = decoder;
        this.shards = shards;
        for (ClipStage stage : recipe.stages()) {
            List<Row> rows = trained.stream()
                    .filter(row -> row.shape().equals(stage.size()))
                    .toList();
            stages.add(new Batches(rows, stage.batch(), false, recipe.seed()));
        }
    }

    @Override
    public List<String> columns() {
        return List.of("psnr");
    }

    @Override
    public Loss loss(Slot slot) {
        int stage = recipe.stages().indexOf(ClipStage.at(recipe.stages(), slot.step()));
        List<Row> clips = stages.get(stage).batch(slot.number());
        Tensor latents = DraftCoder.latents(shards, clips);
        Tensor made = recipe.precision().compute(() -> decoder.decode(latents)); // (B, 3, T, H, W)
        Tensor difference = made.to(ScalarType.Float).sub(DraftCoder.pictures(shards, clips)); // (B, 3, T, H, W)
        return new Loss(recipe.pictures().of(difference, List.of()), Map.of("psnr", PictureMetrics.psnr(difference)));
    }
}
