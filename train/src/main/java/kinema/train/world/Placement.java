package kinema.train.world;

/**
 * The affine map from frame pixels to sprite pixels: {@code u = ux*x + uy*y + u0}, {@code v = vx*x + vy*y + v0}.
 *
 * @param ux, uy, u0, vx, vy, v0 the coefficients
 * @param width of the sprite in its own pixels
 * @param height of the sprite in its own pixels
 * @param reach no drawn pixel is further from the centre than this, in frame pixels
 */
record Placement(
        double ux, double uy, double u0, double vx, double vy, double v0, int width, int height, double reach) {
    /** Extra sprite pixels around the picture that a frame pixel's footprint may still touch. */
    private static final double MARGIN = 12;

    /** @param pixel frame pixels per sprite pixel */
    static Placement of(Pose pose, int size, int width, int height, double pixel) {
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
        double reach = 0.5 * StrictMath.hypot(width * pixel / pose.stretch(), height * pixel * pose.stretch());
        return new Placement(
                ux, uy, width / 2.0 - ux * x - uy * y, vx, vy, height / 2.0 - vx * x - vy * y, width, height, reach);
    }

    double u(double x, double y) {
        return ux * x + uy * y + u0;
    }

    double v(double x, double y) {
        return vx * x + vy * y + v0;
    }

    /** Whether the pixel around this point may show some of the sprite. */
    boolean near(double x, double y) {
        double u = u(x, y);
        double v = v(x, y);
        return u > -MARGIN && v > -MARGIN && u < width + MARGIN && v < height + MARGIN;
    }
}
