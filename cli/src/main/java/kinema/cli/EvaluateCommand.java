package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import kinema.VideoModel;
import kinema.eval.Evaluation;
import kinema.eval.EvaluationRequest;
import kinema.eval.EvaluationResult;
import kinema.eval.Judge;
import kinema.tensor.Precision;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema evaluate}: measures a model on the rendered world. */
@Command(
        name = "evaluate",
        description = {"Measures a model on prompts of the rendered world that were held out of training.", ""},
        sortOptions = false,
        footer = {
            "",
            "Generates fixed prompts with fixed seeds and judges subject, motion and scene of every video. Writes",
            "evaluation.md, evaluation.json and contact sheets of all prompts. The report's name is the only",
            "thing printed to standard output; progress and totals go to standard error.",
            "",
            "Example: kinema evaluate models/kinema-tiny --out evaluation"
        })
final class EvaluateCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MODEL",
            description = "The checkpoint's folder. Default: the bundled model, models/kinema-tiny.")
    private @Nullable Path model;

    @Mixin
    private ReportOptions asked = new ReportOptions();

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps. Default: the model's.")
    private @Nullable Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "How strictly to follow the prompt; 1 turns guidance off. Default: the model's.")
    private @Nullable Double guidance;

    @Mixin
    private QuantOption quant = new QuantOption();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        World world = new World();
        asked.check(world);
        engine.check();
        Path folder = ModelChoice.folder(model);
        Files.createDirectories(asked.out());
        JudgedReport report = new JudgedReport(console, asked.json());
        ProgressDisplay progress =
                new ProgressDisplay(report.shown().err(), report.shown().terminal());
        try {
            run(world, folder, progress, report);
        } finally {
            progress.close();
        }
        return ExitCode.OK.number();
    }

    private void run(World world, Path folder, ProgressDisplay progress, JudgedReport report) throws IOException {
        progress.stage("load");
        try (VideoModel loaded = engine.open(folder, quant.with(engine.settings(Precision.FP32), null));
                Judge judge = Judge.bundled(world)) {
            progress.stage("evaluate");
            EvaluationResult result = new Evaluation(world, judge).run(loaded, request(), report.watching(progress));
            if (console.cancellation().requested()) {
                throw new CancellationException();
            }
            progress.close();
            report.write(result, asked.out());
        }
    }

    private EvaluationRequest request() {
        return new EvaluationRequest(
                asked.prompts(),
                steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance));
    }
}
