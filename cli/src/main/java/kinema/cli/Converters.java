package kinema.cli;

import java.util.function.Function;
import kinema.Fit;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.files.Names;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
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
        command.registerConverter(SchedulerType.class, named("scheduler", SchedulerType.class));
        command.registerConverter(Spacing.class, named("spacing", Spacing.class));
        command.registerConverter(Fit.class, named("fit", Fit.class));
        command.registerConverter(Precision.class, named("dtype", Precision.class));
        command.registerConverter(Quantization.class, named("quant", Quantization.class));
        command.registerConverter(Device.class, named("device", Device.class));
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

    private static <E extends Enum<E>> ITypeConverter<E> named(String what, Class<E> type) {
        return text -> {
            try {
                return Names.parse(type, what, text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }
}
