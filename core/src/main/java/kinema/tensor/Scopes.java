package kinema.tensor;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The one rule of native memory: a method frees every tensor it makes except what it returns.
 *
 * <p>{@link #keep} runs a body in its own scope, frees all native objects the body made and hands the result to the
 * caller's scope. A result outside any scope belongs to the caller, who closes it.
 */
public final class Scopes {
    private static final ThreadLocal<@Nullable Consumer<? super Tensor>> WATCHER = new ThreadLocal<>();

    private Scopes() {}

    /** A scope that tells of the tensors that are made in it or handed to it. */
    private static final class Watched extends PointerScope {
        private final Consumer<? super Tensor> watcher;

        private Watched(Consumer<? super Tensor> watcher) {
            this.watcher = watcher;
        }

        @Override
        public PointerScope attach(Pointer p) {
            super.attach(p);
            if (p instanceof Tensor tensor) {
                watcher.accept(tensor);
            }
            return this;
        }
    }

    /** Runs {@code body}; everything native it made is freed but its result, which moves to the enclosing scope. */
    public static <P extends Pointer> P keep(Supplier<P> body) {
        P result;
        try (PointerScope scope = open()) {
            result = body.get();
            result.retainReference();
        }
        release(result);
        return result;
    }

    /** As {@link #keep} for a result that holds several native objects; {@code natives} lists them. */
    public static <T> T keepAll(Supplier<T> body, Function<T, List<? extends Pointer>> natives) {
        T result;
        try (PointerScope scope = open()) {
            result = body.get();
            natives.apply(result).forEach(Pointer::retainReference);
        }
        natives.apply(result).forEach(Scopes::release);
        return result;
    }

    /** As {@link #keep} for a result that is not native, such as a Java array or a number. */
    public static <T> T run(Supplier<T> body) {
        try (PointerScope scope = open()) {
            return body.get();
        }
    }

    /** Runs {@code body} and frees everything native it made. */
    public static void run(Runnable body) {
        try (PointerScope scope = open()) {
            body.run();
        }
    }

    /**
     * As {@link #run}, and tells {@code watcher} of every tensor that this thread makes meanwhile, right after it is made;
     * of some more than once. The tensor may not be there any longer than until the next one.
     */
    public static void watched(Consumer<? super Tensor> watcher, Runnable body) {
        with(watcher, () -> {
            body.run();
            return watcher;
        });
    }

    /** As {@link #run}, untold of by {@link #watched}: what happens only once in a process is no part of a measurement. */
    public static <T> T unwatched(Supplier<T> body) {
        return with(null, body);
    }

    private static <T> T with(@Nullable Consumer<? super Tensor> watcher, Supplier<T> body) {
        @Nullable Consumer<? super Tensor> before = WATCHER.get();
        WATCHER.set(watcher);
        try {
            return run(body);
        } finally {
            WATCHER.set(before);
        }
    }

    /** Whether this thread runs under {@link #watched}. */
    public static boolean isWatched() {
        return WATCHER.get() != null;
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

    private static PointerScope open() {
        @Nullable Consumer<? super Tensor> watcher = WATCHER.get();
        return watcher == null ? new PointerScope() : new Watched(watcher);
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
