package kinema.text.tokenize;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts text into words as BERT does: control characters dropped, accents dropped, lower case; words end at white space,
 * and each punctuation mark and each Chinese character is a word.
 *
 * @see <a href="https://arxiv.org/abs/1810.04805">BERT</a>
 */
final class BertText {
    /** The ranges of Chinese characters, the first and last of each. */
    private static final int[][] CHINESE = {
        {0x4e00, 0x9fff},
        {0x3400, 0x4dbf},
        {0x20000, 0x2a6df},
        {0x2a700, 0x2b73f},
        {0x2b740, 0x2b81f},
        {0x2b920, 0x2ceaf},
        {0xf900, 0xfaff},
        {0x2f800, 0x2fa1f}
    };

    private static final int REPLACEMENT = 0xfffd;

    /**
     * A word.
     *
     * @param text its characters, dropped and lower-cased
     * @param starts where each of its chars came from, a char of the text
     */
    record Word(String text, int[] starts) {}

    private final List<Word> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private final List<Integer> starts = new ArrayList<>();

    private BertText() {}

    /**
     * The words of a part of a text.
     *
     * @param from its first char
     * @param to the char after it
     */
    static List<Word> words(String text, int from, int to) {
        BertText cut = new BertText();
        for (int at = from; at < to; ) {
            int character = text.codePointAt(at);
            cut.add(character, at);
            at += Character.charCount(character);
        }
        cut.endWord();
        return cut.words;
    }

    private void add(int character, int at) {
        if (isSpace(character)) {
            endWord();
        } else if (isDropped(character)) {
            return;
        } else if (isChinese(character)) {
            endWord();
            addPlain(character, at);
            endWord();
        } else {
            addPlain(character, at);
        }
    }

    /** Adds a character without accents and in lower case, which may be several, and some of them marks. */
    private void addPlain(int character, int at) {
        Normalizer.normalize(Character.toString(character), Normalizer.Form.NFD)
                .codePoints()
                .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
                .flatMap(c -> lower(c).codePoints())
                .forEach(c -> {
                    boolean mark = isPunctuation(c);
                    if (mark) {
                        endWord();
                    }
                    word.appendCodePoint(c);
                    for (int i = 0; i < Character.charCount(c); i++) {
                        starts.add(at);
                    }
                    if (mark) {
                        endWord();
                    }
                });
    }

    private void endWord() {
        if (!word.isEmpty()) {
            words.add(new Word(
                    word.toString(), starts.stream().mapToInt(Integer::intValue).toArray()));
            word.setLength(0);
            starts.clear();
        }
    }

    /** Each character on its own: with its neighbours a sigma at the end of a word would become another one. */
    private static String lower(int character) {
        return Character.toString(character).toLowerCase(Locale.ROOT);
    }

    private static boolean isSpace(int c) {
        return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
    }

    private static boolean isDropped(int c) {
        int type = Character.getType(c);
        return c == REPLACEMENT
                || type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.PRIVATE_USE
                || type == Character.SURROGATE;
    }

    private static boolean isChinese(int c) {
        for (int[] range : CHINESE) {
            if (c >= range[0] && c <= range[1]) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPunctuation(int c) {
        boolean ascii = c > ' ' && c < 0x7f && !Character.isLetterOrDigit(c);
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> ascii;
        };
    }
}
