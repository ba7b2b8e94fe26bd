package kinema.eval;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The largest connected area of an outline.
 *
 * @param x its centre in columns, from the left edge
 * @param y its centre in rows, from the top edge
 * @param mass sum of the probabilities of its cells
 */
record Blob(double x, double y, double mass) {
    private static final float INSIDE = 0.3f;

    /**
     * Finds it.
     *
     * @param mask probabilities, {@code side * side}, rows from the top
     * @return a blob without mass where no cell is inside
     */
    static Blob largest(float[] mask, int side) {
        boolean[] seen = new boolean[mask.length];
        Blob best = new Blob(side / 2.0, side / 2.0, 0);
        for (int start = 0; start < mask.length; start++) {
            if (!seen[start] && mask[start] >= INSIDE) {
                Blob found = fill(mask, side, start, seen);
                best = found.mass > best.mass ? found : best;
            }
        }
        return best;
    }

    private static Blob fill(float[] mask, int side, int start, boolean[] seen) {
        Deque<Integer> open = new ArrayDeque<>();
        open.add(start);
        seen[start] = true;
        double mass = 0;
        double x = 0;
        double y = 0;
        while (!open.isEmpty()) {
            int cell = open.remove();
            int column = cell % side;
            int row = cell / side;
            mass += mask[cell];
            x += mask[cell] * (column + 0.5);
            y += mask[cell] * (row + 0.5);
            visit(column > 0, cell - 1, mask, seen, open);
            visit(column < side - 1, cell + 1, mask, seen, open);
            visit(row > 0, cell - side, mask, seen, open);
            visit(row < side - 1, cell + side, mask, seen, open);
        }
        return new Blob(x / mass, y / mass, mass);
    }

    private static void visit(boolean exists, int cell, float[] mask, boolean[] seen, Deque<Integer> open) {
        if (exists && !seen[cell] && mask[cell] >= INSIDE) {
            seen[cell] = true;
            open.add(cell);
        }
    }
}
