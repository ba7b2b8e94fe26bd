package kinema.cogvideox;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import org.bytedeco.pytorch.Tensor;

/**
 * The text states of the last request, for a next one that has a text in common with it: the same prompt with another seed,
 * or the same negative prompt. Thread-safe.
 *
 * <p>Axes: B texts, L tokens, C width.
 */
final class TextStates implements AutoCloseable {
    private final Map<List<Long>, Tensor> last = new HashMap<>(); // (1, L, C) each, by the text's ids

    /**
     * The states of texts.
     *
     * @param texts B of them
     * @param encoder makes those that the last request did not have; a text's states depend on nothing but the text
     * @return (B, L, C)
     */
    Tensor of(List<TokenIds> texts, Function<List<TokenIds>, Tensor> encoder) {
        return Scopes.keep(() -> {
            Map<List<Long>, Tensor> states = known();
            Map<List<Long>, TokenIds> missing = new LinkedHashMap<>();
            texts.stream().filter(text -> !states.containsKey(key(text))).forEach(text -> missing.put(key(text), text));
            if (!missing.isEmpty()) {
                Tensor made = encoder.apply(List.copyOf(missing.values())); // (M, L, C)
                long i = 0;
                for (List<Long> text : missing.keySet()) {
                    states.put(text, made.narrow(0, i++, 1)); // (1, L, C)
                }
            }
            Map<List<Long>, Tensor> used = new LinkedHashMap<>();
            texts.forEach(text -> used.put(key(text), Objects.requireNonNull(states.get(key(text)))));
            remember(used);
            return Tensors.cat(
                    0, texts.stream().map(text -> used.get(key(text))).toArray(Tensor[]::new)); // (B, L, C)
        });
    }

    @Override
    public synchronized void close() {
        last.values().forEach(Scopes::free);
        last.clear();
    }

    /** Handles of the caller's own: another request may free those that are kept. */
    private synchronized Map<List<Long>, Tensor> known() {
        Map<List<Long>, Tensor> known = new HashMap<>();
        last.forEach((text, states) -> known.put(text, states.detach()));
        return known;
    }

    private synchronized void remember(Map<List<Long>, Tensor> used) {
        Map<List<Long>, Tensor> kept = new HashMap<>();
        used.forEach((text, states) -> kept.put(text, Scopes.own(states.clone())));
        close();
        last.putAll(kept);
    }

    private static List<Long> key(TokenIds text) {
        return Arrays.stream(text.ids()).boxed().toList();
    }
}
