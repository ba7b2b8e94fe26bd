package kinema.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import kinema.GenerationRequest;
import kinema.ModelRules;
import kinema.text.KnownWords;

/** What of a request a model was not made for: words it never saw, and sizes. */
final class Familiarity {
    private static final int SHOWN = 5; // words

    private final ModelRules rules;
    private final Optional<KnownWords> words;

    /**
     * Reads a model's list of words.
     *
     * @param changed whether LoRAs may have taught it others
     */
    Familiarity(Path model, ModelRules rules, boolean changed) {
        this.rules = rules;
        words = changed ? Optional.empty() : KnownWords.of(model);
    }

    /** What the user should know before the request is served, a line each. */
    List<String> warnings(GenerationRequest request) {
        List<String> warnings = new ArrayList<>(rules.cautions(request));
        words.map(known -> known.unknown(request.prompt()))
                .filter(unknown -> !unknown.isEmpty())
                .ifPresent(unknown -> warnings.add(text(unknown)));
        return warnings;
    }

    private static String text(Map<String, String> unknown) {
        String listed = unknown.entrySet().stream()
                .limit(SHOWN)
                .map(e -> "'" + e.getKey() + "'" + (e.getValue().isEmpty() ? "" : " (nearest: " + e.getValue() + ")"))
                .collect(Collectors.joining(", "));
        int more = unknown.size() - SHOWN;
        return "this model never saw " + listed + (more > 0 ? " and " + more + " more words" : "")
                + "; 'kinema inspect' lists what it knows";
    }
}
