package kinema.train.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kinema.train.ClipSource.Shape;
import kinema.train.Recipes;
import kinema.train.data.Shards.Row;

/**
 * Which clips each batch of a run holds: epochs in which every clip comes once, in an order of their own; a batch has clips of one
 * shape, or of any when they are packed. A function of seed and number, so nothing of it need be saved. Not thread-safe.
 */
public final class Batches {
    private final List<Row> rows;
    private final int size;
    private final boolean mixed;
    private final long seed;
    private long epoch = -1;
    private List<List<Row>> batches = List.of();

    /**
     * Batches of clips.
     *
     * @param rows the clips
     * @param size clips of a batch; the last of a shape is filled up with its first
     * @param mixed whether a batch may have clips of several shapes
     */
    public Batches(List<Row> rows, int size, boolean mixed, long seed) {
        Recipes.require(
                !rows.isEmpty(), "a stage needs at least one clip of its sizes that passes its filter", rows.size());
        this.rows = List.copyOf(rows);
        this.size = size;
        this.mixed = mixed;
        this.seed = seed;
        shuffle(0);
    }

    /** The clips of a batch by its number in the run, from 0. */
    public List<Row> batch(long number) {
        int count = batches.size(); // the same in every epoch
        if (number / count != epoch) {
            shuffle(number / count);
        }
        return batches.get((int) (number % count));
    }

    private void shuffle(long newEpoch) {
        epoch = newEpoch;
        Random random = new Random(seed * 31 + epoch);
        List<Row> order = new ArrayList<>(rows);
        Collections.shuffle(order, random);
        Map<Object, List<Row>> groups = new LinkedHashMap<>();
        for (Row row : order) {
            Object group = mixed ? Shape.class : row.shape();
            groups.computeIfAbsent(group, key -> new ArrayList<>()).add(row);
        }
        batches = new ArrayList<>();
        for (List<Row> group : groups.values()) {
            for (int first = 0; first < group.size(); first += size) {
                List<Row> batch = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    batch.add(group.get((first + i) % group.size()));
                }
                batches.add(batch);
            }
        }
        Collections.shuffle(batches, random);
    }
}
