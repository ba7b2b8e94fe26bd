package kinema.cli;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The ways in which terminals are told to show a picture among their text. */
enum InlinePictures {
    /** kitty's graphics protocol, which Ghostty knows too. */
    KITTY {
        @Override
        String sequence(byte[] png, int number, int rows) {
            String data = Base64.getEncoder().encodeToString(png);
            StringBuilder all = new StringBuilder();
            for (int from = 0; from < data.length(); from += CHUNK) {
                int to = Math.min(data.length(), from + CHUNK);
                // a=T: sent and shown; q=2: the terminal does not answer; C=1: the cursor stays; a number names what is
                // replaced
                String first = from == 0 ? "a=T,f=100,q=2,C=1,i=" + number + ",p=1,r=" + rows + "," : "q=2,";
                all.append(ESCAPE)
                        .append("_G")
                        .append(first)
                        .append("m=")
                        .append(to < data.length() ? 1 : 0)
                        .append(';')
                        .append(data, from, to)
                        .append(ESCAPE)
                        .append('\\');
            }
            return all.toString();
        }
    },

    /** iTerm2's, which WezTerm knows too. */
    ITERM {
        @Override
        String sequence(byte[] png, int number, int rows) {
            return ESCAPE + "]1337;File=inline=1;size=" + png.length + ";height=" + rows
                    + ";preserveAspectRatio=1;doNotMoveCursor=1:"
                    + new String(Base64.getEncoder().encode(png), StandardCharsets.US_ASCII) + BELL;
        }
    };

    private static final String ESCAPE = "\u001b";
    private static final String BELL = "\u0007";
    private static final int CHUNK = 4096; // characters, the most that kitty takes in one piece
    private static final Set<String> KITTY_PROGRAMS = Set.of("ghostty");
    private static final Set<String> ITERM_PROGRAMS = Set.of("iTerm.app", "WezTerm");

    /**
     * What shows a picture where the cursor is, and downwards.
     *
     * @param number from 1; a picture of the same number is replaced, where the terminal can
     * @param rows of text that it takes the place of; its proportions stay
     */
    abstract String sequence(byte[] png, int number, int rows);

    /** The way of the terminal that an environment tells of; empty where it shows no pictures, or is behind a multiplexer. */
    static Optional<InlinePictures> of(Map<String, String> environment) {
        String terminal = environment.getOrDefault("TERM", "");
        if (environment.containsKey("TMUX") || environment.containsKey("STY") || terminal.startsWith("screen")) {
            return Optional.empty();
        }
        String program = environment.getOrDefault("TERM_PROGRAM", "");
        if (environment.containsKey("KITTY_WINDOW_ID")
                || terminal.equals("xterm-kitty")
                || KITTY_PROGRAMS.contains(program)) {
            return Optional.of(KITTY);
        }
        boolean iterm = ITERM_PROGRAMS.contains(program)
                || environment.getOrDefault("LC_TERMINAL", "").equals("iTerm2");
        return iterm ? Optional.of(ITERM) : Optional.empty();
    }
}
