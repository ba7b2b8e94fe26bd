package kinema.train.cogvideo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import kinema.tensor.Scopes;
import kinema.train.Objective;
import kinema.train.Slot;
import kinema.train.data.Batches;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.NoGradGuard;

/** Batches of rows of tokens for a network, of the folders in turns, and the rows that are measured and never trained on. */
final class PartObjective implements Objective {
    private static final int SHARE = 16; // one of so many rows of a folder
    private static final int MOST = 64;
    private static final int LEAST = 8; // but at most a quarter of the folder, and one if there are two

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
            List<Row> learned = new ArrayList<>(rows.rows());
            List<Row> heldOut = takeSome(learned);
            sources.add(new Source(rows, new Batches(learned, recipe.batch(), true, recipe.seed()), heldOut));
        }
    }

    /** Takes some out of a list, spread over it. */
    static <T> List<T> takeSome(List<T> all) {
        int size = all.size();
        int wanted = Math.max(Math.min(LEAST, size / 4), Math.min(MOST, size / SHARE));
        int count = size < 2 ? 0 : Math.max(1, wanted);
        List<T> taken = new ArrayList<>();
        for (int i = count; i > 0; i--) {
            taken.add(all.remove((int) ((2L * i - 1) * all.size() / (2L * count))));
        }
        return taken;
    }

    /** A line about how many rows are learned and how many are only measured. */
    String shares() {
        return sources.stream()
                .map(source -> (source.rows.rows().size() - source.heldOut.size()) + " rows are learned, "
                        + source.heldOut.size() + " held out")
                .collect(Collectors.joining("; "));
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
