package kinema.cli;

import java.util.Locale;
import kinema.memory.Tile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code WxH}, {@code off} as {@link Tile#WHOLE}, or {@code auto} as null: whatever fits. */
final class TileOption implements ITypeConverter<@Nullable Tile> {
    @Override
    public @Nullable Tile convert(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> null;
            case "off" -> Tile.WHOLE;
            default -> {
                FrameSize size = new FrameSize.Converter().convert(text);
                yield new Tile(size.width(), size.height());
            }
        };
    }
}
