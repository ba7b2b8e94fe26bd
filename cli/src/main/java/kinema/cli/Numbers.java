package kinema.cli;

import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers so that a mistake is answered in the user's words, not in Java's. */
final class Numbers {
    private Numbers() {}

    /** Sets the converters of all number options of a command and its subcommands. */
    static void install(CommandLine command) {
        command.registerConverter(
                Integer.class, converter(Integer::valueOf, "a whole number up to " + Integer.MAX_VALUE));
        command.registerConverter(Long.class, converter(Long::valueOf, "a whole number of at most 64 bits"));
        command.registerConverter(Double.class, converter(Double::valueOf, "a number such as 6 or 6.5"));
    }

    private static <T> ITypeConverter<T> converter(Function<String, T> parse, String expected) {
        return text -> {
            try {
                return parse.apply(text.strip());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("expected " + expected + ", found '" + text + "'");
            }
        };
    }
}
