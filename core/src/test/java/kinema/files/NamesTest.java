package kinema.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class NamesTest {
    private enum Way {
        LEFT,
        FAR_RIGHT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Test
    void valuesAreFoundInAnyCaseByWhatTheyAreCalled() {
        assertThat(Names.parse(Way.class, "way", "Far-Right")).isEqualTo(Way.FAR_RIGHT);
        assertThat(Names.find(Way.class, "left")).contains(Way.LEFT);
        assertThat(Names.find(Way.class, "FAR_RIGHT")).isEmpty();
    }

    @Test
    void unknownNamesAreAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> Names.parse(Way.class, "way", "up"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown way 'up'; known: left, far-right");
        assertThat(Names.all(Way.class)).isEqualTo("left, far-right");
    }
}
