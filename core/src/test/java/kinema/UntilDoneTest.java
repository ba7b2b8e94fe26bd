package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Every method of a listener, those of later versions too, is handed on. */
class UntilDoneTest {
    @Test
    void everyCallReachesTheListener() throws ReflectiveOperationException {
        List<String> called = new ArrayList<>();
        GenerationListener listener = (GenerationListener) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {GenerationListener.class}, (proxy, method, arguments) -> {
                    called.add(method.getName());
                    return method.getReturnType() == boolean.class ? false : null;
                });
        List<String> all = new ArrayList<>();
        for (Method method : GenerationListener.class.getMethods()) {
            Object[] arguments = Arrays.stream(method.getParameterTypes())
                    .map(type -> type == int.class ? (Object) 1 : null)
                    .toArray();
            method.invoke(new UntilDone(new CompletableFuture<>(), listener), arguments);
            all.add(method.getName());
        }
        assertThat(called).containsExactlyElementsOf(all).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void itIsCancelledByEither() {
        GenerationListener cancelling = new GenerationListener() {
            @Override
            public boolean cancelled() {
                return true;
            }
        };
        CompletableFuture<String> open = new CompletableFuture<>();
        assertThat(new UntilDone(open, GenerationListener.NONE).cancelled()).isFalse();
        assertThat(new UntilDone(open, cancelling).cancelled()).isTrue();
        assertThat(new UntilDone(CompletableFuture.completedFuture("done"), GenerationListener.NONE).cancelled())
                .isTrue();
    }
}
