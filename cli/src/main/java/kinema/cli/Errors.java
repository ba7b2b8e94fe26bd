package kinema.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.SpillException;
import kinema.files.PlaceException;
import kinema.memory.MemoryException;
import kinema.system.ConditionException;
import kinema.system.NotFiniteException;
import kinema.video.VideoFileException;
import kinema.weights.WeightsException;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every failure into one line for the user and an {@link ExitCode}. */
final class Errors {
    private static final String NO_SPACE = "No space left on device";

    private Errors() {}

    /** Answers arguments that picocli could not take. */
    static int onBadArguments(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        String complaint = complaint(e);
        print(
                err,
                complaint + (complaint.endsWith("?") ? " See '" : "; see '")
                        + command.getCommandSpec().qualifiedName() + " --help'");
        return ExitCode.USAGE.number();
    }

    /** Prints a failure's line, with {@code debug} its stack trace too, and says which code it ends with. */
    static ExitCode report(PrintWriter err, Throwable e, boolean debug) {
        if (debug) {
            e.printStackTrace(Screen.of(err));
        }
        print(err, text(e));
        return code(e);
    }

    /** What a failure ends a command with. */
    static ExitCode code(Throwable e) {
        if (e instanceof CommandException known) {
            return known.code();
        }
        if (e instanceof CancellationException) {
            return ExitCode.CANCELLED;
        }
        if (e instanceof MemoryException || isOutOfMemory(e)) {
            return ExitCode.OUT_OF_MEMORY;
        }
        if (e instanceof PlaceException) {
            return ExitCode.BAD_OUTPUT;
        }
        if (e instanceof WeightsException) {
            return ExitCode.BAD_MODEL;
        }
        if (e instanceof SpillException) {
            return ExitCode.BAD_INPUT;
        }
        if (e instanceof VideoFileException || e instanceof IOException || e instanceof UncheckedIOException) {
            return ExitCode.BAD_OUTPUT;
        }
        return e instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.FAILURE;
    }

    /** A failure in one line for the user. */
    static String text(Throwable e) {
        String message = firstLine(e);
        return switch (code(e)) {
            case CANCELLED -> e instanceof CommandException ? message : "cancelled; nothing half-written is left";
            case OUT_OF_MEMORY ->
                e instanceof MemoryException
                        ? message
                        : "not enough memory (" + message
                                + "); ask for fewer frames or a smaller size, or close other programs";
            case BAD_OUTPUT -> output(e, message);
            case BAD_INPUT ->
                e instanceof SpillException s && s.isAnother() ? message + "; or begin anew with --fresh" : message;
            case FAILURE ->
                e instanceof CommandException || e instanceof NotFiniteException ? message : unforeseen(e, message);
            default ->
                e instanceof ConditionException c
                        ? message + c.needed().map(type -> " with --" + type).orElse("")
                        : message;
        };
    }

    /** The same for a line of a file of prompts, where an option is a key: {@code 'frames'} for {@code --frames}. */
    static String inKeys(Throwable e) {
        if (e instanceof OptionException option) {
            return option.inKeys();
        }
        if (e instanceof ParameterException p
                && p.getArgSpec() instanceof OptionSpec option
                && p.getCause() instanceof TypeConversionException cause) {
            return "'" + LineOptions.key(option) + "': " + cause.getMessage();
        }
        if (e instanceof ConditionException c) {
            return firstLine(c) + c.needed().map(type -> " with '" + type + "'").orElse("");
        }
        return e instanceof ParameterException ? firstLine(e) : text(e);
    }

    private static String unforeseen(Throwable e, String message) {
        if (e instanceof LinkageError) {
            return "a native library cannot be loaded: " + message + "; --debug shows which";
        }
        return "internal error: " + e.getClass().getSimpleName() + ": " + message
                + "; --debug shows where it came from";
    }

    private static String output(Throwable e, String message) {
        if (message.contains(NO_SPACE)) {
            return "the disk is full: " + message + "; free some space or choose another place";
        }
        Throwable cause = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
        if (cause instanceof AccessDeniedException && !message.contains("no permission")) {
            return "no permission: " + message;
        }
        boolean missing = cause instanceof NoSuchFileException || cause instanceof FileNotFoundException;
        if (missing && !message.contains("no such")) {
            return "no such file or folder: " + message;
        }
        return message;
    }

    /** Java's own, JavaCPP's for its pointers, and libtorch's allocator, which says so only in its message. */
    private static boolean isOutOfMemory(Throwable e) {
        String message = String.valueOf(e.getMessage());
        return e instanceof OutOfMemoryError
                || message.contains("DefaultCPUAllocator")
                || message.contains("CUDA out of memory");
    }

    /** libtorch's messages go on with a C++ stack trace. */
    private static String firstLine(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.strip().lines().findFirst().orElseThrow();
    }

    private static String complaint(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        String message = String.valueOf(e.getMessage());
        if (e instanceof MissingParameterException && message.contains("PROMPT")) {
            return "the prompt is missing; write what the video shows in quotes, such as \"a red rocket rises\"";
        }
        if (message.equals("Missing required subcommand")) {
            return "no command" + commands(e.getCommandLine());
        }
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static String unmatched(UnmatchedArgumentException e) {
        List<String> words = e.getUnmatched();
        String first = words.get(0);
        List<String> near = e.getSuggestions();
        String known = near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?";
        CommandLine command = e.getCommandLine();
        if (e.isUnknownOption()) {
            return "unknown option '" + first + "'" + elsewhere(first, command).orElse(known);
        }
        if (!command.getSubcommands().isEmpty()) {
            if (first.contains(" ")) {
                return "unknown command '" + first + "'; to make a video of it: kinema generate \"" + first + "\"";
            }
            return "unknown command '" + first + "'" + (near.isEmpty() ? commands(command) : known);
        }
        return "unexpected '" + String.join(" ", words) + "'; put a text of several words in quotes";
    }

    /** What another program's option is called here. */
    private static Optional<String> elsewhere(String option, CommandLine command) {
        if (option.replaceFirst("^-+", "").matches("(p|prompt|text)(=.*)?")
                && command.getCommandName().equals("generate")) {
            return Optional.of("; the prompt stands by itself, in quotes");
        }
        return ForeignOptions.here(option, command.getCommandSpec()).map(here -> "; it is " + here + " here");
    }

    private static String commands(CommandLine command) {
        return "; known: " + String.join(", ", command.getSubcommands().keySet());
    }

    /** Prints what went wrong. */
    static void print(PrintWriter err, String message) {
        Screen.of(err).println(TerminalText.cut(TerminalText.shown("kinema: " + message), TerminalText.MESSAGE));
        err.flush();
    }
}
