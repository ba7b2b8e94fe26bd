package kinema.train.world;

/**
 * Where and how the subject stands in one frame. Lengths are in units of the frame's side, y grows downwards.
 *
 * @param x centre of the sprite, from the left
 * @param y centre of the sprite, from the top
 * @param scale length of the sprite's longer side
 * @param angle clockwise rotation in radians
 * @param mirrored whether the picture is flipped left to right (before the rotation)
 * @param stretch factor on the height and inverse factor on the width: below 1 squashed, above 1 drawn out
 */
public record Pose(double x, double y, double scale, double angle, boolean mirrored, double stretch) {}
