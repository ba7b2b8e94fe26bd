package kinema.train.cogvideo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kinema.text.KnownWords;
import kinema.train.cogvideo.TokenRecipe.Rows;

/** The folders of rows that a recipe names, that of {@code tokens} first, then those of {@code clips}. Close them. */
final class TokenFolders implements AutoCloseable {
    private final List<TokenRows> all = new ArrayList<>();
    private final List<Optional<KnownWords>> words = new ArrayList<>();

    private TokenFolders() {}

    /**
     * Opens them.
     *
     * @param kind what the rows of {@code tokens} must be
     * @throws IllegalArgumentException as {@link TokenRows#open}, or when clips are of other tokens, or named for another part than the
     *     text-to-image model
     */
    static TokenFolders open(PartRecipe recipe, Rows kind) {
        if (kind != Rows.PICTURES && !recipe.clips().isEmpty()) {
            throw new IllegalArgumentException("clips are for the text-to-image model, found " + recipe.clips()
                    + "; name the rows of this part in tokens alone");
        }
        TokenFolders folders = new TokenFolders();
        try {
            folders.add(recipe.tokens(), kind);
            for (String clips : recipe.clips()) {
                folders.add(clips, Rows.CLIPS);
                folders.check(recipe.tokens(), clips);
            }
            return folders;
        } catch (RuntimeException e) {
            folders.close();
            throw e;
        }
    }

    private void add(String folder, Rows kind) {
        all.add(TokenRows.open(Path.of(folder), kind));
        words.add(KnownWords.of(Path.of(folder)));
    }

    /** Whether the clips opened last are written in the same tokens. */
    private void check(String tokens, String clips) {
        String first = tokens(first().about());
        String last = tokens(all.get(all.size() - 1).about());
        if (!first.equals(last)) {
            throw new IllegalArgumentException(clips + ": must hold the same tokens as " + tokens + ", " + first
                    + ", found " + last + "; tokenize both with the same model, side and text_tokens");
        }
    }

    private static String tokens(TokenRows.About about) {
        return about.frameTokens() + " a frame, " + about.textTokens() + " a text, of " + about.tokens();
    }

    /** That of {@code tokens}. */
    TokenRows first() {
        return all.get(0);
    }

    /** All of them. */
    List<TokenRows> all() {
        return all;
    }

    /** What all their captions speak of; empty where it is not known of one. */
    Optional<KnownWords> words() {
        return words.stream()
                .reduce((some, more) -> some.flatMap(known -> more.map(known::with)))
                .orElseThrow();
    }

    @Override
    public void close() {
        all.forEach(TokenRows::close);
    }
}
