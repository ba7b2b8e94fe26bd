package kinema.tensor;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * The one rule of native memory: a method frees every tensor it makes except what it returns.
 *
 * <p>{@link #keep} runs a body in its own scope, frees all native objects the body made and hands the result to the
 * caller's scope. A result outside any scope belongs to the caller, who closes it.
 */
public final class Scopes {
    private Scopes() {}

    /** Runs {@code body}; everything native it made is freed but its result, which moves to the enclosing scope. */
    public static <P extends Pointer> P keep(Supplier<P> body) {
        P result;
        try (PointerScope scope = new PointerScope()) {
            result = body.get();
            result.retainReference();
        }
        release(result);
        return result;
    }

    /** As {@link #keep} for a result that holds several native objects; {@code natives} lists them. */
    public static <T> T keepAll(Supplier<T> body, Function<T, List<? extends Pointer>> natives) {
        T result;
        try (PointerScope scope = new PointerScope()) {
            result = body.get();
            natives.apply(result).forEach(Pointer::retainReference);
        }
        natives.apply(result).forEach(Scopes::release);
        return result;
    }

    /** As {@link #keep} for a result that is not native, such as a Java array or a number. */
    public static <T> T run(Supplier<T> body) {
        try (PointerScope scope = new PointerScope()) {
            return body.get();
        }
    }

    /** Runs {@code body} and frees everything native it made. */
    public static void run(Runnable body) {
        try (PointerScope scope = new PointerScope()) {
            body.run();
        }
    }

    /** Takes {@code p} out of the hands of every scope: it lives until {@link #free}. */
    public static <P extends Pointer> P own(P p) {
        p.retainReference();
        return p;
    }

    /** Gives back what {@link #own} took; frees the native object unless a scope still holds it. */
    public static void free(Pointer p) {
        p.releaseReference();
    }

    /** Moves a retained pointer to the current scope, or leaves it with the caller where there is none. */
    private static void release(Pointer p) {
        @Nullable PointerScope outer = PointerScope.getInnerScope();
        if (outer != null) {
            outer.attach(p);
            p.releaseReference();
        }
    }
}
