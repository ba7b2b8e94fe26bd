package kinema.cli;

import java.util.function.Function;
import kinema.Fit;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.tensor.Devices;
import kinema.tensor.Precision;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads options' values so that a mistake is answered in the user's words, not in Java's. */
final class Converters {
    private Converters() {}

    /** Sets the converters of a command and its subcommands. */
    static void install(CommandLine command) {
        command.registerConverter(Integer.class, number(Integer::valueOf, "a whole number up to " + Integer.MAX_VALUE));
        command.registerConverter(Long.class, number(Long::valueOf, "a whole number of at most 64 bits"));
        command.registerConverter(Double.class, number(Double::valueOf, "a number such as 6 or 6.5"));
        command.registerConverter(SchedulerType.class, named(SchedulerType::parse));
        command.registerConverter(Spacing.class, named(Spacing::parse));
        command.registerConverter(Fit.class, named(Fit::parse));
        command.registerConverter(Precision.class, named(Precision::parse));
        command.registerConverter(Devices.class, named(Devices::parse));
    }

    private static <T> ITypeConverter<T> number(Function<String, T> parse, String expected) {
        return text -> {
            try {
                return parse.apply(text.strip());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("expected " + expected + ", found '" + text + "'");
            }
        };
    }

    private static <T> ITypeConverter<T> named(Function<String, T> parse) {
        return text -> {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }
}
