package kinema.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import kinema.weights.LoraFile;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code FILE} or {@code FILE:SCALE}; a file's own name may have colons too. */
final class LoraOption implements ITypeConverter<LoraFile> {
    @Override
    public LoraFile convert(String text) {
        int colon = text.lastIndexOf(':');
        String tail = text.substring(colon + 1);
        if (colon < 0 || tail.contains("/") || tail.contains("\\") || Files.exists(path(text))) {
            return checked(path(text), 1);
        }
        try {
            return checked(path(text.substring(0, colon)), Double.parseDouble(tail));
        } catch (NumberFormatException e) {
            throw new TypeConversionException(
                    "expected FILE or FILE:SCALE with a number such as 0.8, found scale '" + tail + "'");
        }
    }

    private static LoraFile checked(Path file, double scale) {
        if (!Files.isRegularFile(file)) {
            throw new TypeConversionException(
                    (Files.exists(file) ? "'" + file + "' is a folder" : "no such file '" + file + "'")
                            + "; expected a LoRA's .safetensors or .pt file");
        }
        try {
            return new LoraFile(file, scale);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' cannot be a file's name: " + e.getReason());
        }
    }
}
