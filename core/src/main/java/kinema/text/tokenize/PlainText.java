package kinema.text.tokenize;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Writes characters as the plain ones that stand for them: what is left of control characters after texts in an old encoding
 * were taken for others, ligatures, letters of full width, curled quotation marks. Other control characters are dropped.
 */
final class PlainText {
    /** U+0080 to U+009F as the encoding they come from has them. */
    private static final String OLD =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d"
                    + "\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    private static final int SIGMA = 0x3a3;
    private static final String FINAL_SIGMA = "\u03c2";

    /** Punctuation that words have within them, as Unicode lists it. */
    private static final String WITHIN_WORDS =
            "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private PlainText() {}

    static String of(String text) {
        StringBuilder plain = new StringBuilder();
        text.codePoints().forEach(c -> plain.append(plain(isIn(c, 0x80, 0x9f) ? OLD.charAt(c - 0x80) : c)));
        return plain.toString();
    }

    /**
     * In lower case, a Greek sigma at the end of a word in its own form. Java's rule differs: it looks at words, not at letters.
     *
     * @see <a href="https://www.unicode.org/versions/latest/core-spec/chapter-3/">Unicode, section 3.13, Final_Sigma</a>
     */
    static String lower(String text) {
        int[] points = text.codePoints().toArray();
        StringBuilder lower = new StringBuilder();
        for (int i = 0; i < points.length; i++) {
            boolean ends = points[i] == SIGMA && isLetterNext(points, i, -1) && !isLetterNext(points, i, 1);
            lower.append(ends ? FINAL_SIGMA : Character.toString(points[i]).toLowerCase(Locale.ROOT));
        }
        return lower.toString();
    }

    /** Whether a letter with cases comes next in a direction, whatever marks lie between. */
    private static boolean isLetterNext(int[] points, int from, int direction) {
        int i = from + direction;
        while (i >= 0 && i < points.length && isMark(points[i])) {
            i += direction;
        }
        return i >= 0
                && i < points.length
                && (Character.isUpperCase(points[i])
                        || Character.isLowerCase(points[i])
                        || Character.isTitleCase(points[i]));
    }

    private static boolean isMark(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> WITHIN_WORDS.indexOf(c) >= 0;
        };
    }

    private static String plain(int c) {
        String text = Character.toString(c);
        if (c == 0x2bc || isIn(c, 0x2018, 0x201b)) {
            return "'";
        }
        if (isIn(c, 0x201c, 0x201f)) {
            return "\"";
        }
        if (c == 0x3000 || isIn(c, 0xff01, 0xffef) || isLigature(c)) {
            return Normalizer.normalize(text, Normalizer.Form.NFKC).replace('\u02bc', '\'');
        }
        return isControl(c) ? "" : text;
    }

    /** Two letters as one character; ones that are letters of their own, such as U+00E6, are not. */
    private static boolean isLigature(int c) {
        boolean letters = isIn(c, 0x132, 0x133) || isIn(c, 0x1c4, 0x1cc) || isIn(c, 0x1f1, 0x1f3);
        return letters || c == 0x149 || isIn(c, 0xfb00, 0xfb06);
    }

    private static boolean isControl(int c) {
        boolean old = c <= 0x08 || c == 0x0b || isIn(c, 0x0e, 0x1f) || c == 0x7f;
        return old || isIn(c, 0x206a, 0x206f) || c == 0xfeff || isIn(c, 0xfff9, 0xfffc);
    }

    private static boolean isIn(int c, int first, int last) {
        return c >= first && c <= last;
    }
}
