package kinema.train.cogvideo;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.train.Objective;
import kinema.train.Slot;
import kinema.train.data.Batches;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.NoGradGuard;

/** Batches of rows of tokens for a network, and the rows that are measured and never trained on. */
final class PartObjective implements Objective {
    private static final int HELD_OUT = 16; // at most, and at most half of all

    private final Trained trained;
    private final TokenRows rows;
    private final Batches batches;
    private final List<Row> heldOut;

    PartObjective(PartRecipe recipe, Trained trained, TokenRows rows) {
        this.trained = trained;
        this.rows = rows;
        List<Row> all = rows.rows();
        int learned = all.size() - Math.min(HELD_OUT, all.size() / 2);
        batches = new Batches(all.subList(0, learned), recipe.batch(), true, recipe.seed());
        heldOut = all.subList(learned, all.size());
    }

    @Override
    public Loss loss(Slot slot) {
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        return new Loss(trained.loss(rows, batches.batch(slot.number()), random), Map.of());
    }

    /** The mean loss of the rows that are not trained on; NaN when there are none. */
    double heldOut() {
        try (NoGradGuard guard = new NoGradGuard()) {
            return heldOut.stream()
                    .mapToDouble(row -> Scopes.run(() -> trained.loss(rows, List.of(row), new SplittableRandom(0))
                            .item_double()))
                    .average()
                    .orElse(Double.NaN);
        }
    }
}
