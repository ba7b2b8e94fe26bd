package kinema.cli;

/**
 * Options that do not go together or have a value they must not have. The options are held apart from the words around them,
 * because a command line and a file of prompts write them differently.
 */
final class OptionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String words;
    private final String[] keys;

    /**
     * Makes one.
     *
     * @param words the message, with {@code {}} in the place of each option
     * @param keys the options' names without dashes, in the order of their places
     */
    OptionException(String words, String... keys) {
        super(filled(words, "--", "", keys));
        this.words = words;
        this.keys = keys.clone();
    }

    /** The message with the options as keys of a line, {@code 'frames'} for {@code --frames}. */
    String inKeys() {
        return filled(words, "'", "'", keys);
    }

    private static String filled(String words, String before, String after, String[] keys) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (String key : keys) {
            int place = words.indexOf("{}", from);
            text.append(words, from, place).append(before).append(key).append(after);
            from = place + 2;
        }
        return text.append(words.substring(from)).toString();
    }
}
