package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import kinema.eval.Evaluation;
import kinema.eval.EvaluationResult;
import kinema.eval.Judge;
import kinema.train.world.World;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kinema world judge}: says what videos of the prompts show. */
@Command(
        name = "judge",
        description = {"Judges videos of the world's prompts: subject, motion and scene of each.", ""},
        sortOptions = false,
        footer = {
            "",
            "Videos may be of any size and length; the judge looks at them at 64x64. Writes evaluation.md,"
                    + " evaluation.json and contact sheets. How far the judge can be trusted, measured on"
                    + " renderings, stands in the report.",
            "",
            "Example: kinema world judge videos --out report"
        })
final class WorldJudgeCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description =
                    "The folder of videos: 000.mp4 for the first line of 'kinema world prompts' and so on, or folders of"
                            + " pictures of such names.")
    private Path folder = Path.of("");

    @Mixin
    private ReportOptions asked = new ReportOptions();

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    WorldJudgeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        World world = new World();
        asked.check(world);
        JudgedVideos videos = JudgedVideos.in(folder, asked.prompts());
        threads.apply();
        Files.createDirectories(asked.out());
        JudgedReport report = new JudgedReport(console, asked.json());
        ProgressDisplay progress =
                new ProgressDisplay(report.shown().err(), report.shown().terminal());
        try (Judge judge = Judge.bundled(world)) {
            progress.stage("judge");
            String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
            EvaluationResult result =
                    new Evaluation(world, judge).judge(name, asked.prompts(), videos::read, report.watching(progress));
            progress.close();
            report.write(result, asked.out());
        } finally {
            progress.close();
        }
        return ExitCode.OK.number();
    }
}
