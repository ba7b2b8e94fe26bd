package kinema.text.tokenize;

/** Characters in UTF-8. */
final class Utf8 {
    private Utf8() {}

    /** Bytes of the character at a place: what its first byte says, but not beyond the end. */
    static int length(byte[] text, int at) {
        int first = text[at] & 0xff;
        int length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        return Math.min(length, text.length - at);
    }
}
