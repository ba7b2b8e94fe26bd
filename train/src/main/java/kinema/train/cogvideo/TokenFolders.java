package kinema.train.cogvideo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.train.cogvideo.TokenRecipe.Rows;

/**
 * The folders of rows that a recipe names. Close them.
 *
 * @param all that of {@code tokens}, then those of {@code clips}
 */
record TokenFolders(List<TokenRows> all) implements AutoCloseable {
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
        TokenFolders folders = new TokenFolders(new ArrayList<>());
        try {
            folders.all.add(TokenRows.open(Path.of(recipe.tokens()), kind));
            for (String clips : recipe.clips()) {
                folders.all.add(TokenRows.open(Path.of(clips), Rows.CLIPS));
                folders.check(recipe.tokens(), clips);
            }
            return folders;
        } catch (RuntimeException e) {
            folders.close();
            throw e;
        }
    }

    /** Whether the clips opened last are written in the same tokens. */
    private void check(String tokens, String clips) {
        TokenRows.About pictures = first().about();
        TokenRows.About last = all.get(all.size() - 1).about();
        if (!sizes(pictures).equals(sizes(last))) {
            throw new IllegalArgumentException(
                    clips + ": must hold rows as those of " + tokens + ", of " + sizes(pictures) + ", found "
                            + sizes(last) + "; tokenize them with the same model, side and text_tokens");
        }
    }

    private static String sizes(TokenRows.About about) {
        return about.frameTokens() + " tokens a frame, " + about.textTokens() + " a text, " + about.imageTokens()
                + " codes, " + about.vocabulary() + " ids";
    }

    /** That of {@code tokens}. */
    TokenRows first() {
        return all.get(0);
    }

    @Override
    public void close() {
        all.forEach(TokenRows::close);
    }
}
