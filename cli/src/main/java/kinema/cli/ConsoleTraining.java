package kinema.cli;

import kinema.train.TrainingListener;

/**
 * Prints the lines of a training run, or of what prepares one, and passes Ctrl-C on.
 *
 * @param console where to
 */
record ConsoleTraining(Console console) implements TrainingListener {
    @Override
    public void line(String text) {
        console.err().println(text);
    }

    @Override
    public boolean cancelled() {
        return console.cancellation().requested();
    }
}
