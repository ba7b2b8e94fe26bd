package kinema.train.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import kinema.train.Recipes;

/**
 * Trains a vocabulary of pieces and their probabilities: of all ways to cut the words of some texts into pieces, the likely ones are to be
 * likely with few pieces. It starts with all parts of words that come twice, moves the probabilities to what each piece is expected to be used
 * (expectation maximisation), and leaves out the least used, until so many are left. Single characters stay.
 *
 * @see <a href="https://arxiv.org/abs/1804.10959">Subword Regularization, section 3.2</a>
 */
public final class UnigramTrainer {
    /** What stands for a space, and in front of each word. */
    static final String SPACE = "\u2581";

    private static final int LONGEST = 16; // code points of a piece
    private static final int ROUNDS = 2; // of each size of the vocabulary
    private static final double KEPT = 0.75; // of the pieces, from size to size
    private static final double LEAST = 1e-6; // expected uses of a piece that has none

    private final Map<String, Long> words = new TreeMap<>();
    private Map<String, Double> scores = Map.of(); // log probabilities

    private UnigramTrainer(List<String> texts) {
        for (String text : texts) {
            for (String word : text.strip().split("\\s+", -1)) {
                if (!word.isEmpty()) {
                    words.merge(SPACE + word, 1L, Long::sum);
                }
            }
        }
    }

    /**
     * Trains a vocabulary.
     *
     * @param texts sentences, words apart by spaces
     * @param size most pieces, at least the characters there are
     * @return each piece's log probability, likeliest first
     * @throws IllegalArgumentException when there are no words, or more characters than pieces
     */
    public static Map<String, Double> train(List<String> texts, int size) {
        UnigramTrainer trainer = new UnigramTrainer(texts);
        Recipes.require(!trainer.words.isEmpty(), "a vocabulary needs texts with words", texts.size() + " texts");
        return trainer.run(size);
    }

    private Map<String, Double> run(int size) {
        Map<String, Double> uses = parts();
        long characters =
                uses.keySet().stream().filter(UnigramTrainer::isCharacter).count();
        Recipes.require(characters <= size, "pieces must be at least the characters of the texts, " + characters, size);
        scores = logarithms(uses);
        while (true) {
            for (int round = 0; round < ROUNDS; round++) {
                uses = expected();
                scores = logarithms(uses);
            }
            if (uses.size() <= size) {
                return sorted();
            }
            scores = logarithms(kept(uses, Math.max(size, (int) (uses.size() * KEPT))));
        }
    }

    /** All characters, and all parts of words that come twice, by how often they do. */
    private Map<String, Double> parts() {
        Map<String, Double> parts = new TreeMap<>();
        words.forEach((word, count) -> {
            int[] at = boundaries(word);
            for (int from = 0; from + 1 < at.length; from++) {
                for (int to = from + 1; to < at.length && to - from <= LONGEST; to++) {
                    parts.merge(word.substring(at[from], at[to]), (double) count, Double::sum);
                }
            }
        });
        parts.entrySet().removeIf(part -> part.getValue() < 2 && !isCharacter(part.getKey()));
        return parts;
    }

    private static boolean isCharacter(String piece) {
        return piece.codePointCount(0, piece.length()) == 1;
    }

    /** Where the characters of a word begin, and its end. */
    private static int[] boundaries(String word) {
        int count = word.codePointCount(0, word.length());
        return IntStream.rangeClosed(0, count)
                .map(i -> word.offsetByCodePoints(0, i))
                .toArray();
    }

    /** How often each piece is used, over all ways to cut each word, each as likely as its pieces make it. */
    private Map<String, Double> expected() {
        Map<String, Double> uses = new TreeMap<>();
        scores.keySet().forEach(piece -> uses.put(piece, LEAST));
        words.forEach((word, count) -> addUses(word, count, uses));
        return uses;
    }

    private void addUses(String word, long count, Map<String, Double> uses) {
        int[] at = boundaries(word);
        int n = at.length - 1;
        double[] before = new double[n + 1]; // log of the sum over all ways to cut what comes before a place
        double[] after = new double[n + 1];
        Arrays.fill(before, 1, n + 1, Double.NEGATIVE_INFINITY);
        Arrays.fill(after, 0, n, Double.NEGATIVE_INFINITY);
        for (int to = 1; to <= n; to++) {
            for (int from = Math.max(0, to - LONGEST); from < to; from++) {
                before[to] = sum(before[to], before[from] + score(word.substring(at[from], at[to])));
            }
        }
        for (int from = n - 1; from >= 0; from--) {
            for (int to = from + 1; to <= Math.min(n, from + LONGEST); to++) {
                after[from] = sum(after[from], after[to] + score(word.substring(at[from], at[to])));
            }
        }
        for (int from = 0; from < n; from++) {
            for (int to = from + 1; to <= Math.min(n, from + LONGEST); to++) {
                String piece = word.substring(at[from], at[to]);
                double p = Math.exp(before[from] + score(piece) + after[to] - before[n]);
                if (p > 0) {
                    uses.merge(piece, count * p, Double::sum);
                }
            }
        }
    }

    private double score(String piece) {
        return scores.getOrDefault(piece, Double.NEGATIVE_INFINITY);
    }

    /** log(exp(a) + exp(b)). */
    private static double sum(double a, double b) {
        double larger = Math.max(a, b);
        return larger == Double.NEGATIVE_INFINITY ? larger : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
    }

    private static Map<String, Double> logarithms(Map<String, Double> uses) {
        double total = uses.values().stream().mapToDouble(Double::doubleValue).sum();
        Map<String, Double> logarithms = new HashMap<>();
        uses.forEach((piece, count) -> logarithms.put(piece, Math.log(count / total)));
        return logarithms;
    }

    /** The characters and the most used of the others, so many in all. */
    private static Map<String, Double> kept(Map<String, Double> uses, int count) {
        List<String> order = new ArrayList<>(uses.keySet());
        order.sort(Comparator.comparing((String piece) -> !isCharacter(piece))
                .thenComparing(piece -> -uses.getOrDefault(piece, 0.0))
                .thenComparing(Comparator.naturalOrder()));
        Map<String, Double> kept = new TreeMap<>();
        order.subList(0, count).forEach(piece -> kept.put(piece, uses.getOrDefault(piece, 0.0)));
        return kept;
    }

    private Map<String, Double> sorted() {
        Map<String, Double> sorted = new LinkedHashMap<>();
        scores.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }
}
