package kinema.cogvideox;

import java.util.Locale;
import kinema.cogvideox.Workload.Kept;
import kinema.system.ValueType;

/**
 * How steps are estimated, as the setting {@code cache} says it.
 *
 * @param kind the way
 * @param number its own: steps at most from one computed step to the next, or a threshold
 */
record CacheWay(Kind kind, double number) {
    /** What may stand in the setting. */
    static final ValueType<CacheWay> TYPE = ValueType.form(
            "extrapolate[:N], N from 2 to 99, mag[:THRESHOLD] or tea[:THRESHOLD], THRESHOLD from 0 to 99",
            "extrapolate(:([2-9]|[1-9]\\d))?|(mag|tea)(:\\d{1,2}(\\.\\d{1,6})?)?",
            CacheWay::parse);

    /** The ways, each with the number it has where none is given. */
    enum Kind {
        /** {@link kinema.diffusion.Extrapolation}. */
        EXTRAPOLATE(3),
        /** {@link kinema.diffusion.ReuseRule#mag}. */
        MAG(0.06),
        /** {@link kinema.diffusion.ReuseRule#tea}. */
        TEA(0.2);

        private final double usual;

        Kind(double usual) {
            this.usual = usual;
        }
    }

    /** What it keeps of computed steps. */
    Kept keeps() {
        return kind == Kind.EXTRAPOLATE ? Kept.VELOCITIES : Kept.RESIDUAL;
    }

    private static CacheWay parse(String text) {
        String[] parts = text.split(":", -1);
        Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
        return new CacheWay(kind, parts.length > 1 ? Double.parseDouble(parts[1]) : kind.usual);
    }
}
