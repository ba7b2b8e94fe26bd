package kinema.train.world;

/**
 * The affine map from frame pixels to sprite pixels: {@code u = ux*x + uy*y + u0}, {@code v = vx*x + vy*y + v0}.
 *
 * @param ux growth of u per pixel to the right
 * @param uy growth of u per pixel down
 * @param u0 u at the frame's upper left corner
 * @param vx growth of v per pixel to the right
 * @param vy growth of v per pixel down
 * @param v0 v at the frame's upper left corner
 */
record Placement(double ux, double uy, double u0, double vx, double vy, double v0) {
    /**
     * Places a sprite of some width and height, in its own pixels.
     *
     * @param size side of the frame in pixels
     * @param pixel frame pixels per sprite pixel, before stretching
     */
    static Placement of(Pose pose, int size, double width, double height, double pixel) {
        double cos = StrictMath.cos(pose.angle());
        double sin = StrictMath.sin(pose.angle());
        double across = (pose.mirrored() ? -1 : 1) * pose.stretch() / pixel;
        double down = 1 / (pose.stretch() * pixel);
        double ux = cos * across;
        double uy = sin * across;
        double vx = -sin * down;
        double vy = cos * down;
        double x = pose.x() * size;
        double y = pose.y() * size;
        return new Placement(ux, uy, width / 2 - ux * x - uy * y, vx, vy, height / 2 - vx * x - vy * y);
    }

    /** The sprite's column at a point of the frame. */
    double u(double x, double y) {
        return ux * x + uy * y + u0;
    }

    /** The sprite's row at a point of the frame. */
    double v(double x, double y) {
        return vx * x + vy * y + v0;
    }
}
