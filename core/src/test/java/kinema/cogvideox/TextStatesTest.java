package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import kinema.text.tokenize.TokenIds;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Texts of the last request are not encoded again. */
class TextStatesTest {
    private final TextStates states = new TextStates();
    private final List<Long> encoded = new ArrayList<>();

    @AfterEach
    void close() {
        states.close();
    }

    @Test
    void aTextOfTheLastRequestIsNotEncodedAgain() {
        assertThat(of(1, 2)).containsExactly(10, 20);
        assertThat(of(1, 2)).containsExactly(10, 20);
        assertThat(encoded).containsExactly(1L, 2L);
        assertThat(of(1, 3)).containsExactly(10, 30);
        assertThat(encoded).containsExactly(1L, 2L, 3L);
    }

    @Test
    void textsOfEarlierRequestsAreForgotten() {
        of(1, 2);
        of(3);
        assertThat(of(2)).containsExactly(20);
        assertThat(encoded).containsExactly(1L, 2L, 3L, 2L);
    }

    @Test
    void theSameTextTwiceIsEncodedOnce() {
        assertThat(of(4, 4)).containsExactly(40, 40);
        assertThat(encoded).containsExactly(4L);
    }

    @Test
    void closedItHoldsNothing() {
        of(1);
        states.close();
        long before = LivePointers.settled();
        of(1, 2);
        of(2, 3);
        states.close();
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    /** The states of texts of one token each. */
    private float[] of(long... ids) {
        List<TokenIds> texts = new ArrayList<>();
        for (long id : ids) {
            texts.add(new TokenIds(new long[] {id}, 1, null));
        }
        return Scopes.run(() -> Tensors.floats(states.of(texts, this::encode)));
    }

    private Tensor encode(List<TokenIds> texts) {
        float[] made = new float[texts.size()];
        for (int i = 0; i < made.length; i++) {
            encoded.add(texts.get(i).ids()[0]);
            made[i] = 10 * texts.get(i).ids()[0];
        }
        return Tensors.of(made, made.length, 1, 1);
    }
}
