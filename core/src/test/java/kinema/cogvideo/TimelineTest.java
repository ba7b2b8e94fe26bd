package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineTest {
    @ParameterizedTest
    @ValueSource(ints = {5, 9, 17, 33})
    void everyFrameIsMadeOnceBetweenTwoThatAreThere(int frames) {
        Timeline timeline = Timeline.of(frames);
        Set<Integer> there = new TreeSet<>();
        IntStream.range(0, 5).forEach(i -> there.add(timeline.keyFrame(i)));
        assertThat(there).hasSize(5).contains(0, frames - 1);
        for (int round = 0; round < timeline.rounds(); round++) {
            Set<Integer> made = new TreeSet<>();
            for (int window = 0; window < timeline.windows(round); window++) {
                var places = timeline.window(round, window);
                assertThat(there).contains(places.get(0), places.get(2), places.get(4));
                assertThat(places).isSorted();
                assertThat(made.add(places.get(1)) && made.add(places.get(3))).isTrue();
            }
            assertThat(there).doesNotContainAnyElementsOf(made);
            there.addAll(made);
        }
        assertThat(there).hasSize(frames);
    }

    @ParameterizedTest
    @CsvSource({"1,5", "7,5", "8,9", "14,17", "32,33", "49,33"})
    void otherLengthsAreRefusedWithTheNearest(int frames, int nearest) {
        assertThatThrownBy(() -> Timeline.of(frames))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("frames must be 5, 9, 17 or 33, found " + frames + "; nearest: " + nearest);
    }
}
