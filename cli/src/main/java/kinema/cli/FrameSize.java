package kinema.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A frame's size as written on the command line.
 *
 * @param width pixels per row
 * @param height rows
 */
record FrameSize(int width, int height) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})[xX×](\\d{1,9})");

    /** Pixels; the 16 bits of the formats that hold the most. */
    private static final int MAX_SIDE = 65_535;

    private static boolean isSide(int pixels) {
        return pixels >= 1 && pixels <= MAX_SIDE;
    }

    /** Reads {@code WxH}. */
    static final class Converter implements ITypeConverter<FrameSize> {
        @Override
        public FrameSize convert(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw new TypeConversionException(
                        "expected WIDTHxHEIGHT in pixels such as 720x480, found '" + text + "'");
            }
            FrameSize size = new FrameSize(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
            if (!isSide(size.width) || !isSide(size.height)) {
                throw new TypeConversionException(
                        "width and height must be from 1 to " + MAX_SIDE + ", found '" + text + "'");
            }
            return size;
        }
    }

    /** Reads {@code WxH}, or {@code off} as null. */
    static final class OrOff implements ITypeConverter<@Nullable FrameSize> {
        @Override
        public @Nullable FrameSize convert(String text) {
            return text.equalsIgnoreCase("off") ? null : new Converter().convert(text);
        }
    }
}
