package kinema.video;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The kinds of output Kinema writes. */
public enum VideoFormat {
    /** H.264 by OpenH264 in MP4, 4:2:0, index at the front so that players can start before the end has arrived. */
    MP4(".mp4"),
    /** VP9 in WebM, 4:2:0. */
    WEBM(".webm"),
    /** Animated GIF with one palette made for the video. */
    GIF(".gif"),
    /** A folder of pictures {@code 0000.png}, {@code 0001.png}, …; lossless. */
    FRAMES("/");

    private final String ending;

    VideoFormat(String ending) {
        this.ending = ending;
    }

    /** How an output's name ends to choose this format. */
    public String ending() {
        return ending;
    }

    /** Whether colour is stored for 2×2 pixels together, which needs even widths and heights. */
    boolean halvesColour() {
        return this == MP4 || this == WEBM;
    }

    /** The known endings for an error message. */
    static String known() {
        return Arrays.stream(values()).map(VideoFormat::ending).collect(Collectors.joining(", "))
                + " (a folder of PNG frames)";
    }
}
