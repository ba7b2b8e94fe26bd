package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import kinema.GenerationListener;
import kinema.eval.EvaluationFiles;
import kinema.eval.EvaluationJson;
import kinema.eval.EvaluationListener;
import kinema.eval.EvaluationResult;
import kinema.eval.EvaluationTable;
import kinema.eval.PromptResult;

/**
 * How commands that judge videos show their progress and tell their result.
 *
 * @param console of the command
 * @param json whether the totals are printed as one object, and no progress
 */
record JudgedReport(Console console, boolean json) {
    /** Where progress and notes go. */
    Console shown() {
        return json ? console.quiet() : console;
    }

    /** Shows prompts as steps and passes on the user's wish to stop. */
    EvaluationListener watching(ProgressDisplay progress) {
        return new EvaluationListener() {
            @Override
            public void judged(int done, int total, PromptResult result) {
                progress.step(done, total);
            }

            @Override
            public GenerationListener generation() {
                return new GenerationListener() {
                    @Override
                    public boolean cancelled() {
                        return console.cancellation().requested();
                    }
                };
            }
        };
    }

    /** Writes the report into a folder and prints its name, or the totals as JSON. */
    void write(EvaluationResult result, Path folder) throws IOException {
        Path report = EvaluationFiles.write(result, folder).get(0);
        tell("judge on renderings: " + EvaluationTable.line(result.judge().sharp()));
        tell("judge on softened renderings: "
                + EvaluationTable.line(result.judge().softened()));
        tell(result.name() + ": " + EvaluationTable.line(result.total()));
        console.out().println(json ? EvaluationJson.line(result) : report.toString());
    }

    private void tell(String line) {
        shown().err().println(line);
    }
}
