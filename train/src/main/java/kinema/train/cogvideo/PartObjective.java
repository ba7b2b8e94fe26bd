package kinema.train.cogvideo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.train.Objective;
import kinema.train.Slot;
import kinema.train.data.Batches;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.NoGradGuard;

/** Batches of rows of tokens for a network, of one folder after the other, and the rows that are measured and never trained on. */
final class PartObjective implements Objective {
    private static final int HELD_OUT = 128; // of a folder at most, and at most half of it

    private final Trained trained;
    private final List<Source> sources = new ArrayList<>();

    private record Source(TokenRows rows, Batches batches, List<Row> heldOut) {}

    /**
     * Batches of one recipe.
     *
     * @param folders of rows; each has its turn
     */
    PartObjective(PartRecipe recipe, Trained trained, List<TokenRows> folders) {
        this.trained = trained;
        for (TokenRows rows : folders) {
            List<Row> all = rows.rows();
            int learned = all.size() - Math.min(HELD_OUT, all.size() / 2);
            sources.add(new Source(
                    rows,
                    new Batches(all.subList(0, learned), recipe.batch(), true, recipe.seed()),
                    all.subList(learned, all.size())));
        }
    }

    @Override
    public Loss loss(Slot slot) {
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        Source source = sources.get((int) (slot.number() % sources.size()));
        List<Row> batch = source.batches.batch(slot.number() / sources.size());
        return new Loss(trained.loss(source.rows, batch, random), Map.of());
    }

    /** The mean losses of the rows of each folder that are not trained on; NaN where there are none. */
    double[] heldOut() {
        return sources.stream().mapToDouble(this::heldOut).toArray();
    }

    private double heldOut(Source source) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return source.heldOut.stream()
                    .mapToDouble(
                            row -> Scopes.run(() -> trained.loss(source.rows, List.of(row), new SplittableRandom(0))
                                    .item_double()))
                    .average()
                    .orElse(Double.NaN);
        }
    }
}
