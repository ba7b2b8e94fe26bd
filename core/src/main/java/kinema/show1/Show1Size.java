package kinema.show1;

import kinema.show1.Show1Stages.Level;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoSize;

/**
 * What a run makes from stage to stage. The frames of key frames and windows overlap, so only some numbers of frames can be.
 *
 * @param keys number of key frames
 * @param keyWidth pixels per row of a key frame
 * @param keyHeight its rows
 * @param frames of the finished video
 * @param width pixels per row of the finished video
 * @param height its rows
 * @param scale how much larger upscaling makes rows and columns
 */
public record Show1Size(int keys, int keyWidth, int keyHeight, int frames, int width, int height, int scale) {
    /** Frames from one key frame to the next. */
    public static final int KEY_EVERY = 4;

    /** Frames of one window of upscaling; the last is the next one's first. */
    public static final int WINDOW = 8;

    /** How much larger the published upscaling makes rows and columns. */
    static final int SCALE = 4;

    /** The most that is believed of that. */
    static final int MOST_SCALE = 16;

    /** The most rows, columns or frames that are believed. */
    static final int MOST = 100_000;

    /**
     * The sizes of a request.
     *
     * @throws IllegalArgumentException when its video cannot be made of key frames and windows, with the nearest that can
     */
    static Show1Size of(Sampling s) {
        VideoSize size = s.size();
        Settings settings = s.settings();
        Level until = settings.get(Show1Settings.UNTIL);
        Level from = Show1Settings.from(s);
        int keyWidth = settings.get(Show1Settings.KEY_WIDTH);
        int keyHeight = settings.get(Show1Settings.KEY_HEIGHT);
        int scale = settings.get(Show1Settings.SCALE);
        if (from != Level.REFINE) {
            checkFrames(from, until, size.frames());
            checkEnd(until, size, keyWidth, keyHeight, scale);
        }
        int keys = until == Level.BASE ? size.frames() : (size.frames() - 1) / KEY_EVERY + 1;
        return new Show1Size(keys, keyWidth, keyHeight, size.frames(), size.width(), size.height(), scale);
    }

    /** Pixels per row of an upscaled frame. */
    int largeWidth() {
        return scale * keyWidth;
    }

    /** Rows of an upscaled frame. */
    int largeHeight() {
        return scale * keyHeight;
    }

    /** A run from a stage to another makes a multiple of so many frames, and one. */
    static int unit(Level from, Level until) {
        int keys = from.compareTo(Level.INTERPOLATE) <= 0 ? KEY_EVERY : 1;
        return switch (until) {
            case BASE -> 1;
            case INTERPOLATE -> keys;
            case UPSCALE, REFINE -> from == Level.REFINE ? 1 : keys * (WINDOW - 1);
        };
    }

    private static void checkFrames(Level from, Level until, int frames) {
        int unit = unit(from, until);
        int least = until == Level.BASE ? 1 : unit + 1;
        if (frames < least || (frames - 1) % unit != 0) {
            long nearest = Math.max(least, Math.round((frames - 1) / (double) unit) * unit + 1);
            throw new IllegalArgumentException("frames must be " + unit + "k+1 for Show-1"
                    + (until == Level.REFINE ? "" : " until " + until) + ", at least " + least + ", found " + frames
                    + "; nearest: " + nearest);
        }
    }

    /** A run that ends early makes a video in the size of its last stage. */
    private static void checkEnd(Level until, VideoSize size, int keyWidth, int keyHeight, int enlarged) {
        int scale = until == Level.UPSCALE ? enlarged : 1;
        if (until != Level.REFINE && (size.width() != scale * keyWidth || size.height() != scale * keyHeight)) {
            throw new IllegalArgumentException("stage " + until + " makes frames of " + scale * keyWidth + "x"
                    + scale * keyHeight + " from key frames of " + keyWidth + "x" + keyHeight + ", asked for "
                    + size.width() + "x" + size.height() + "; ask for that size, or for other key frames");
        }
    }
}
