package kinema.text.tokenize;

/** Turns text into the ids of a vocabulary. Implementations are safe to share between threads until closed. */
public interface Tokenizer extends AutoCloseable {
    /**
     * The ids of a text, cut or padded to an exact length.
     *
     * @param text any text; may be empty
     * @param maxLength number of ids wanted, end tokens included; at least 2
     * @throws IllegalArgumentException when {@code maxLength} is below 2
     */
    TokenIds encode(String text, int maxLength);

    /** Frees the native tokenizer. */
    @Override
    void close();
}
