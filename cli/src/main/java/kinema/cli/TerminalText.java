package kinema.cli;

/** Text of files, answers and names as a screen may have it: nothing in it steers the terminal, and it ends. */
final class TerminalText {
    /** Characters of a message that says what went wrong. */
    static final int MESSAGE = 300;

    /** Characters of a line that tells of something. */
    static final int LINE = 2000;

    private static final int DIGEST = 12;
    private static final String GAP = " … ";

    private TerminalText() {}

    /** The text with control characters written out, with their numbers; ends of lines and tabs stay. */
    static String shown(CharSequence text) {
        StringBuilder shown = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean endsLine = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if (endsLine || !steers(c)) {
                shown.append(c);
            } else {
                shown.append(String.format("\\u%04x", (int) c));
            }
        }
        return shown.toString();
    }

    /**
     * A text of at most so many characters: of a longer one the middle is left out, so that what it is about and what to do
     * both stay.
     */
    static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = (most - GAP.length()) / 3;
        int begin = most - GAP.length() - end;
        return text.substring(0, whole(text, begin)) + GAP + text.substring(whole(text, text.length() - end));
    }

    /** The beginning of a digest, as much as tells two apart. */
    static String digest(String digest) {
        return digest.length() <= DIGEST ? digest : digest.substring(0, DIGEST) + "…";
    }

    /** A place in a text that does not part a pair of surrogates. */
    private static int whole(String text, int at) {
        return Character.isLowSurrogate(text.charAt(at)) ? at + 1 : at;
    }

    /** Whether a character can move the cursor, turn the direction of what follows, or end a line for some and not others. */
    private static boolean steers(char c) {
        boolean direction = c == '\u061c'
                || c == '\u200e'
                || c == '\u200f'
                || (c >= '\u202a' && c <= '\u202e')
                || (c >= '\u2066' && c <= '\u2069');
        return (Character.isISOControl(c) && c != '\n' && c != '\t')
                || direction
                || c == '\u2028'
                || c == '\u2029'
                || c == '\ufeff';
    }
}
