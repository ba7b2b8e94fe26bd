package kinema.text.tokenize;

/** Cuts normalised text into pieces of a vocabulary. Safe to share between threads. */
interface Segmenter {
    /** Takes the pieces of a text, in order. */
    interface Sink {
        /**
         * One piece.
         *
         * @param id its number; that of the unknown piece where the vocabulary has none
         * @param from its first byte
         * @param to the byte after it
         */
        void piece(int id, int from, int to);
    }

    /** Cuts a text in UTF-8. */
    void segment(byte[] text, Sink sink);
}
