package kinema.text.tokenize;

import java.nio.charset.StandardCharsets;

/**
 * One entry of a SentencePiece vocabulary.
 *
 * @param text in UTF-8; not to be changed
 * @param score how likely it is (unigram), or how late it was merged (BPE)
 * @param type what it is for
 */
record Piece(byte[] text, float score, Type type) {
    /** The types of sentencepiece_model.proto, numbered from 1. */
    enum Type {
        NORMAL(1),
        UNKNOWN(2),
        CONTROL(3),
        USER_DEFINED(4),
        UNUSED(5),
        BYTE(6);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        static Type of(long number) {
            for (Type type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            throw new IllegalArgumentException("there is no type " + number + " of pieces");
        }
    }

    /** Whether it stands for its own text, so that it is looked for in texts. */
    boolean isText() {
        return type == Type.NORMAL || type == Type.USER_DEFINED || type == Type.UNUSED;
    }

    /** Its text for people. */
    String shown() {
        return new String(text, StandardCharsets.UTF_8);
    }
}
