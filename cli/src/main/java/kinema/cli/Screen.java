package kinema.cli;

import java.io.PrintWriter;

/**
 * Writes text that people read: whatever it came from, no control character in it reaches the terminal. What is to be
 * drawn over is erased by {@link #eraseLine}.
 */
final class Screen extends PrintWriter {
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter terminal;

    private Screen(PrintWriter terminal) {
        super(terminal, true);
        this.terminal = terminal;
    }

    /** What writes to a screen through another writer. */
    static Screen of(PrintWriter writer) {
        return writer instanceof Screen screen ? screen : new Screen(writer);
    }

    /** Goes back to the line's beginning and empties it. */
    void eraseLine() {
        terminal.write(ERASE_LINE);
    }

    /** Writes a sequence that steers the terminal, which must be this program's own through and through. */
    void steer(String sequence) {
        terminal.write(sequence);
    }

    @Override
    public void write(int c) {
        write(Character.toString((char) c), 0, 1);
    }

    @Override
    public void write(char[] text, int offset, int length) {
        write(new String(text, offset, length), 0, length);
    }

    @Override
    public void write(String text, int offset, int length) {
        String shown = TerminalText.shown(text.substring(offset, offset + length));
        super.write(shown, 0, shown.length());
    }
}
