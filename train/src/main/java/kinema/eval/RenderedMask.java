package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import kinema.Video;

/** A rendered outline ({@link kinema.train.world.World#mask}) in the cells the detector speaks of. */
final class RenderedMask {
    private static final int SIDE = SpriteNetwork.MASK_SIDE;

    private RenderedMask() {}

    /** The covered part of each cell, per frame. The mask's size must be a multiple of the cells'. */
    static List<float[]> cells(Video mask) {
        List<float[]> frames = new ArrayList<>();
        for (byte[] white : mask.frames()) {
            frames.add(cells(white, mask.width()));
        }
        return frames;
    }

    private static float[] cells(byte[] white, int width) {
        int step = width / SIDE;
        float[] cells = new float[SIDE * SIDE];
        for (int y = 0; y < width; y++) {
            for (int x = 0; x < width; x++) {
                cells[y / step * SIDE + x / step] += (white[3 * (y * width + x)] & 0xFF) / (255f * step * step);
            }
        }
        return cells;
    }
}
