package kinema.eval;

/**
 * Where the subject is in one frame. Lengths are in frame sides, y grows downwards.
 *
 * @param time of the frame, 0 at the first and 1 at the last
 * @param x centre of its outline, from the left
 * @param y centre of its outline, from the top
 * @param area part of the frame it covers
 */
public record Sighting(double time, double x, double y, double area) {}
