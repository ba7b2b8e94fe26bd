package kinema.memory;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory as people write them: K, M, G and T are powers of 1000, Ki, Mi, Gi and Ti of 1024. */
public final class ByteSize {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kmgt]?)(i?)b?");
    private static final String PREFIXES = "kmgt";
    private static final double MOST = Long.MAX_VALUE;

    private ByteSize() {}

    /**
     * Reads an amount such as {@code 8G}, {@code 7.5GB}, {@code 512MiB}.
     *
     * @throws IllegalArgumentException for anything else, for nothing, and for more than a number of 64 bits holds
     */
    public static long parse(String text) {
        Matcher m = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!m.matches() || (m.group(2).isEmpty() && !m.group(3).isEmpty())) {
            throw new IllegalArgumentException("expected an amount of memory such as 8G or 512M, found '" + text + "'");
        }
        int power = m.group(2).isEmpty() ? 0 : PREFIXES.indexOf(m.group(2)) + 1;
        double bytes = Double.parseDouble(m.group(1)) * Math.pow(m.group(3).isEmpty() ? 1000 : 1024, power);
        if (bytes < 1 || bytes >= MOST) {
            throw new IllegalArgumentException("no machine has '" + text + "' of memory; such as 8G or 512M");
        }
        return (long) bytes;
    }

    /** An amount in GB, or MB where it is less than one. */
    public static String text(long bytes) {
        return bytes < 1_000_000_000
                ? Math.round(bytes / 1e6) + " MB"
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
