package kinema.cli;

/**
 * A line of a file of prompts.
 *
 * @param number of the line, from 1
 * @param options what it says
 */
record PromptLine(int number, LineOptions options) {}
