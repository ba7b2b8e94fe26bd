package kinema.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import kinema.train.ClipSource.Shape;
import org.junit.jupiter.api.Test;

/** Which clips come when, and things made ahead. */
class BatchesTest {
    private static final Shape SMALL = new Shape(16, 16, 1);
    private static final Shape LARGE = new Shape(32, 16, 9);

    @Test
    void everyClipComesOnceAnEpochAndBatchesHaveOneShape() {
        Batches batches = new Batches(rows(6, 9), 3, false, 1);
        List<Shards.Row> seen = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            List<Shards.Row> batch = batches.batch(i);
            assertThat(batch)
                    .hasSize(3)
                    .extracting(Shards.Row::shape)
                    .containsOnly(batch.get(0).shape());
            seen.addAll(batch);
        }
        Map<Long, Long> counts =
                seen.stream().collect(Collectors.groupingBy(Shards.Row::number, Collectors.counting()));
        assertThat(counts)
                .hasSize(15)
                .allSatisfy((number, count) -> assertThat(count).isEqualTo(1));
        assertThat(batches.batch(5)).as("another order").isNotEqualTo(batches.batch(0));
    }

    @Test
    void anyBatchCanBeAskedForAtAnyTime() {
        Batches one = new Batches(rows(5, 4), 2, true, 7);
        List<Shards.Row> late = one.batch(123);
        for (int i = 0; i < 9; i++) {
            one.batch(i);
        }
        assertThat(one.batch(123)).isEqualTo(late);
        assertThat(new Batches(rows(5, 4), 2, true, 8).batch(123)).isNotEqualTo(late);
        assertThatThrownBy(() -> new Batches(List.of(), 2, true, 7)).hasMessageContaining("passes its filter");
    }

    @Test
    void thingsMadeAheadComeInOrder() {
        try (Prefetch<Long> ahead = new Prefetch<>(5, 3, 4, n -> {
            if (n == 9) {
                throw new IllegalArgumentException("nine");
            }
            return n * n;
        })) {
            for (long n = 5; n < 9; n++) {
                assertThat(ahead.next()).isEqualTo(n * n);
            }
            assertThatThrownBy(ahead::next)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("nine");
            assertThat(ahead.next()).isEqualTo(100);
        }
    }

    private static List<Shards.Row> rows(int small, int large) {
        List<Shards.Row> rows = new ArrayList<>();
        for (int i = 0; i < small + large; i++) {
            rows.add(new Shards.Row(i, i < small ? SMALL : LARGE, 0, i));
        }
        return rows;
    }
}
