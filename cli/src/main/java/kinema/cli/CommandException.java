package kinema.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a chosen exit code and one line for the user. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    CommandException(ExitCode code, String message) {
        this(code, message, null);
    }

    CommandException(ExitCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    ExitCode code() {
        return code;
    }
}
