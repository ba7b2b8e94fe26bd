package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorsTest {
    static Stream<Arguments> failures() {
        String memory = "; ask for fewer frames or a smaller size, or close other programs";
        return Stream.of(
                arguments(new OutOfMemoryError("Java heap space"), 6, "not enough memory (Java heap space)" + memory),
                arguments(
                        new RuntimeException("[enforce fail] DefaultCPUAllocator: can't allocate memory\n0: c10::x()"),
                        6,
                        "not enough memory ([enforce fail] DefaultCPUAllocator: can't allocate memory)" + memory),
                arguments(
                        new IOException("No space left on device"),
                        5,
                        "the disk is full: No space left on device; free some space or choose another place"),
                arguments(
                        new UncheckedIOException(new IOException("No space left on device")),
                        5,
                        "the disk is full: java.io.IOException: No space left on device; free some space or choose another"
                                + " place"),
                arguments(new AccessDeniedException("/a"), 5, "no permission: /a"),
                arguments(new NoSuchFileException("/a"), 5, "no such file or folder: /a"),
                arguments(
                        new UncheckedIOException(
                                "cannot keep it in /a: no permission to write there",
                                new AccessDeniedException("/a/b")),
                        5,
                        "cannot keep it in /a: no permission to write there"),
                arguments(new WeightsException("transformer: 3 missing"), 3, "transformer: 3 missing"),
                arguments(new IllegalArgumentException("frames must be 8k+1"), 2, "frames must be 8k+1"),
                arguments(new CancellationException("x"), 130, "cancelled; nothing half-written is left"),
                arguments(
                        new IllegalStateException("no such state\n#1 c10::y()"),
                        1,
                        "internal error: IllegalStateException: no such state; --debug shows where it came from"),
                arguments(
                        new UnsatisfiedLinkError("no jnitorch in java.library.path\nmore"),
                        1,
                        "a native library cannot be loaded: no jnitorch in java.library.path; --debug shows which"),
                arguments(
                        new NullPointerException(),
                        1,
                        "internal error: NullPointerException: NullPointerException; --debug shows where it came from"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void becomesOneLineAndACode(Throwable failure, int code, String message) {
        StringWriter err = new StringWriter();

        ExitCode found = Errors.report(new PrintWriter(err), failure, false);

        assertThat(err).hasToString("kinema: " + message + System.lineSeparator());
        assertThat(found.number()).isEqualTo(code);
    }

    @Test
    void debugShowsTheStackTrace() {
        StringWriter err = new StringWriter();

        Errors.report(new PrintWriter(err), new IllegalStateException("odd"), true);

        assertThat(err.toString())
                .contains("at kinema.cli.ErrorsTest.debugShowsTheStackTrace")
                .contains("kinema: internal");
    }
}
