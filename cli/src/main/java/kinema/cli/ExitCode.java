package kinema.cli;

/** What the process tells the shell; every command's help lists these. */
enum ExitCode {
    OK(0, "Done."),
    FAILURE(1, "An error inside Kinema; --debug shows where."),
    USAGE(2, "An option, argument or request that cannot work."),
    BAD_MODEL(3, "The checkpoint is missing, damaged or of an unknown kind."),
    BAD_INPUT(4, "An input cannot be read: a file, or the answer of --enhance's service."),
    BAD_OUTPUT(5, "The output cannot be written: no permission, disk full."),
    OUT_OF_MEMORY(6, "Not enough memory for the request."),
    CANCELLED(130, "Stopped by Ctrl-C; 'kinema resume' continues where work was saved.");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** The process's exit status. */
    int number() {
        return number;
    }

    /** What the number says, for the foot of a help page. */
    String meaning() {
        return meaning;
    }
}
