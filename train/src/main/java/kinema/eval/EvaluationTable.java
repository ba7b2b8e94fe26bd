package kinema.eval;

import java.util.Locale;
import java.util.function.Predicate;
import kinema.Provenance;
import kinema.system.Settings;
import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;

/** An evaluation as Markdown: totals, a table by motion, one by scene, one of all prompts. */
public final class EvaluationTable {
    private static final String HEADER = "| videos | subject | motion | scene | all three |\n";
    private static final String RULE = "|---|---|---|---|---|---|\n";

    private EvaluationTable() {}

    /** The whole page. */
    static String markdown(EvaluationResult result) {
        StringBuilder page = new StringBuilder("# Evaluation of " + result.name() + "\n\n");
        page.append(result.prompts().size())
                .append(" prompts whose combination of subject, motion and scene was held out of training; ")
                .append(result.settings().map(EvaluationTable::made).orElse("videos as they were given.\n\n"));
        totals(page, result);
        page.append("\n## By motion\n\n| motion ").append(HEADER).append(RULE);
        for (Motion motion : Motion.values()) {
            row(page, result, word(motion), p -> p.motion() == motion);
        }
        page.append("\n## By scene\n\n| scene ").append(HEADER).append(RULE);
        for (Scene scene : Scene.values()) {
            row(page, result, word(scene), p -> p.scene() == scene);
        }
        prompts(page, result);
        return page.toString();
    }

    private static String made(Provenance s) {
        return String.format(
                Locale.ROOT,
                "seeds from 0; %s%dx%d, %d frames.\nWeights %s.\n\n",
                settings(s.sampling().settings()),
                s.size().width(),
                s.size().height(),
                s.size().frames(),
                s.model().digest());
    }

    /** The settings that are more than off or empty, such as {@code steps 50, }. */
    private static String settings(Settings settings) {
        StringBuilder text = new StringBuilder();
        settings.values().forEach((key, value) -> {
            if (!value.equals(false) && !value.equals("")) {
                text.append(key).append(' ').append(value).append(", ");
            }
        });
        return text.toString();
    }

    /** One line: how many of the videos show each part. */
    public static String line(Tally t) {
        return String.format(
                Locale.ROOT,
                "subject %s, motion %s, scene %s, all three %s of %d",
                percent(t.subject(), t.videos()),
                percent(t.motion(), t.videos()),
                percent(t.scene(), t.videos()),
                percent(t.all(), t.videos()),
                t.videos());
    }

    private static void totals(StringBuilder page, EvaluationResult result) {
        page.append("| ").append(HEADER).append(RULE);
        append(page, "**generated**", result.total());
        append(page, "renderings, to check the judge", result.judge().sharp());
        append(page, "the same, softened", result.judge().softened());
    }

    private static void row(StringBuilder page, EvaluationResult result, String name, Predicate<Scenario> which) {
        append(page, name, result.tally(p -> which.test(p.prompt().scenario())));
    }

    private static void append(StringBuilder page, String name, Tally t) {
        page.append(String.format(
                Locale.ROOT,
                "| %s | %d | %s | %s | %s | %s |\n",
                name,
                t.videos(),
                percent(t.subject(), t.videos()),
                percent(t.motion(), t.videos()),
                percent(t.scene(), t.videos()),
                percent(t.all(), t.videos())));
    }

    private static void prompts(StringBuilder page, EvaluationResult result) {
        page.append("\n## Prompts\n\nWhat is wrong stands in bold.\n\n");
        page.append("| seed | prompt | subject seen | motion seen | scene seen |\n|---|---|---|---|---|\n");
        for (PromptResult p : result.prompts()) {
            Score score = p.score();
            Motion motion = p.verdict().motion();
            page.append(String.format(
                    Locale.ROOT,
                    "| %d | %s | %s | %s | %s |\n",
                    p.seed(),
                    p.prompt().text(),
                    mark(p.verdict().subject().noun(), score.subject()),
                    mark(motion == null ? "none" : word(motion), score.motion()),
                    mark(word(p.verdict().scene()), score.scene())));
        }
    }

    private static String mark(String text, boolean right) {
        return right ? text : "**" + text + "**";
    }

    private static String percent(int count, int of) {
        return of == 0 ? "–" : String.format(Locale.ROOT, "%.0f %%", 100.0 * count / of);
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
