package kinema;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import kinema.tensor.Resampling;

/** How a picture of one shape is brought to the video's. */
public enum Fit {
    /** Changes its proportions, as the published implementations do. */
    STRETCH,
    /** Keeps its proportions and cuts off what is too much, evenly on both sides. */
    CROP,
    /** Keeps its proportions and fills up with black, evenly on both sides. */
    PAD;

    /** The name in lower case, as a request writes it. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A picture in the size asked for, height × width × 3 bytes. */
    byte[] apply(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        double across = (double) newWidth / width;
        double down = (double) newHeight / height;
        if (this == STRETCH || across == down) {
            return Resampling.LANCZOS.resize(rgb, width, height, newWidth, newHeight);
        }
        double scale = this == CROP ? Math.max(across, down) : Math.min(across, down);
        int scaledWidth = (int) Math.max(1, Math.round(width * scale));
        int scaledHeight = (int) Math.max(1, Math.round(height * scale));
        byte[] scaled = Resampling.LANCZOS.resize(rgb, width, height, scaledWidth, scaledHeight);
        return centre(scaled, scaledWidth, scaledHeight, newWidth, newHeight);
    }

    /** The middle of a picture, with black around it where it is smaller. */
    private static byte[] centre(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        int columns = Math.min(width, newWidth);
        int rows = Math.min(height, newHeight);
        byte[] out = new byte[3 * newWidth * newHeight];
        for (int y = 0; y < rows; y++) {
            int from = (y + (height - rows) / 2) * width + (width - columns) / 2;
            int to = (y + (newHeight - rows) / 2) * newWidth + (newWidth - columns) / 2;
            System.arraycopy(rgb, 3 * from, out, 3 * to, 3 * columns);
        }
        return out;
    }
}
