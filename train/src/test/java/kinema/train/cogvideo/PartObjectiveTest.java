package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows are measured and never trained on. */
class PartObjectiveTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 1", "31, 7", "32, 8", "128, 8", "1023, 63", "1024, 64", "8000, 64"})
    void someRowsAreHeldOutSpreadOverAll(int rows, int count) {
        List<Integer> learned = new ArrayList<>(IntStream.range(0, rows).boxed().toList());
        List<Integer> heldOut = PartObjective.takeSome(learned);
        assertThat(heldOut).hasSize(count);
        List<Integer> all = new ArrayList<>(learned);
        all.addAll(heldOut);
        assertThat(all)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, rows).boxed().toList());
        List<Integer> ordered = heldOut.stream().sorted().toList();
        for (int i = 0; i < count; i++) {
            double even = (i + 0.5) * rows / count;
            assertThat((double) ordered.get(i)).isBetween(even - 1 - count, even + 1);
        }
    }
}
