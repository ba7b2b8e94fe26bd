package kinema.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import kinema.train.world.Motion;
import kinema.train.world.Prompt;
import kinema.train.world.Scene;

/** An evaluation as one JSON object: settings, the judge's own scores, totals, and a row per prompt. */
public final class EvaluationJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private EvaluationJson() {}

    /** The object, indented, with a line end. */
    public static String text(EvaluationResult result) {
        ObjectNode root = summary(result);
        ObjectNode motions = root.putObject("byMotion");
        for (Motion motion : Motion.values()) {
            motions.set(
                    word(motion), tally(result.tally(p -> p.prompt().scenario().motion() == motion)));
        }
        ObjectNode scenes = root.putObject("byScene");
        for (Scene scene : Scene.values()) {
            scenes.set(
                    word(scene), tally(result.tally(p -> p.prompt().scenario().scene() == scene)));
        }
        var rows = root.putArray("prompts");
        result.prompts().forEach(p -> rows.add(row(p)));
        return write(root, true) + "\n";
    }

    /** Settings and totals on one line. */
    public static String line(EvaluationResult result) {
        return write(summary(result), false);
    }

    private static ObjectNode summary(EvaluationResult result) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode settings = root.putObject("settings");
        settings.put("model", result.name());
        result.settings().ifPresent(made -> {
            settings.put("weightsDigest", made.model().digest());
            made.sampling().settings().values().forEach(settings::putPOJO);
            settings.put("width", made.size().width());
            settings.put("height", made.size().height());
            settings.put("frames", made.size().frames());
            settings.put("engine", made.engine().version());
        });
        ObjectNode judge = root.putObject("judgeOnRenderings");
        judge.set("sharp", tally(result.judge().sharp()));
        judge.set("softened", tally(result.judge().softened()));
        root.set("total", tally(result.total()));
        return root;
    }

    private static ObjectNode tally(Tally tally) {
        return JSON.createObjectNode()
                .put("videos", tally.videos())
                .put("subject", tally.subject())
                .put("motion", tally.motion())
                .put("scene", tally.scene())
                .put("all", tally.all());
    }

    private static ObjectNode row(PromptResult result) {
        Prompt prompt = result.prompt();
        Motion motion = result.verdict().motion();
        ObjectNode row = JSON.createObjectNode().put("prompt", prompt.text()).put("seed", result.seed());
        row.putObject("asked")
                .put("subject", prompt.scenario().subject().name())
                .put("motion", word(prompt.scenario().motion()))
                .put("scene", word(prompt.scenario().scene()));
        row.putObject("seen")
                .put("subject", result.verdict().subject().name())
                .put("motion", motion == null ? null : word(motion))
                .put("scene", word(result.verdict().scene()));
        return row;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String write(ObjectNode root, boolean indented) {
        try {
            return indented
                    ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root)
                    : JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts and numbers cannot fail to become JSON", e);
        }
    }
}
