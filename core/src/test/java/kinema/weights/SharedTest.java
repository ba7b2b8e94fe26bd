package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A network that stays in memory between its uses, until it is released. */
class SharedTest {
    private final List<String> events = new ArrayList<>();
    private final Shared<String> network = new Shared<>(() -> {
        events.add("loaded");
        return new Loaded<>("network", () -> events.add("freed"));
    });

    @Test
    void itStaysForTheNextUse() {
        assertThat(network.isLoaded()).isFalse();
        assertThat(network.<String>use(String::toUpperCase)).isEqualTo("NETWORK");
        assertThat(network.<Integer>use(String::length)).isEqualTo(7);
        assertThat(network.isLoaded()).isTrue();
        assertThat(events).containsExactly("loaded");
    }

    @Test
    void releasedItIsLoadedAnew() {
        network.release();
        network.<Integer>use(String::length);
        network.release();
        network.release();
        assertThat(network.isLoaded()).isFalse();
        network.<Integer>use(String::length);
        assertThat(events).containsExactly("loaded", "freed", "loaded");
    }

    @Test
    void itIsNotFreedWhileItIsUsed() {
        network.<Integer>use(outer -> {
            network.<Integer>use(String::length);
            network.release();
            return outer.length();
        });
        assertThat(events).containsExactly("loaded");
        assertThatThrownBy(() -> network.use(used -> {
                    throw new IllegalStateException(used);
                }))
                .hasMessage("network");
        network.release();
        assertThat(events).containsExactly("loaded", "freed");
    }
}
