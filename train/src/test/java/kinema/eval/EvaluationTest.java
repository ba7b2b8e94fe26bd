package kinema.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import kinema.GenerationListener;
import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;
import kinema.train.world.World;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
    private static final int PROMPTS = 18;
    private static final World WORLD = new World();
    private static final Judge JUDGE = Judge.bundled(WORLD);

    private final Evaluation evaluation = new Evaluation(WORLD, JUDGE, 9);

    @TempDir
    Path folder;

    @AfterAll
    static void close() {
        JUDGE.close();
    }

    @Test
    void aPerfectModelGetsNearlyEverythingRight() {
        List<Integer> done = new ArrayList<>();
        EvaluationResult result = evaluation.run(
                new RenderingModel(WORLD, null),
                EvaluationRequest.of(PROMPTS),
                (count, total, prompt) -> done.add(count));
        Tally total = result.total();
        assertThat(total.videos()).isEqualTo(PROMPTS);
        assertThat(total.subject()).isGreaterThanOrEqualTo(PROMPTS - 1);
        assertThat(total.motion()).isGreaterThanOrEqualTo(PROMPTS - 1);
        assertThat(total.scene()).isGreaterThanOrEqualTo(PROMPTS - 1);
        assertThat(done).hasSize(PROMPTS).startsWith(1, 2).endsWith(PROMPTS);
    }

    @Test
    void aModelThatIgnoresThePromptIsFoundOut() {
        Scenario always = new Scenario(WORLD.subjects().get(0), null, Motion.STILL, Scene.SEA, null);
        Tally total = evaluation
                .run(new RenderingModel(WORLD, always), EvaluationRequest.of(PROMPTS), EvaluationListener.NONE)
                .total();
        assertThat(total.subject()).isLessThanOrEqualTo(1);
        assertThat(total.motion()).isEqualTo(PROMPTS / 9);
        assertThat(total.scene()).isLessThanOrEqualTo(PROMPTS / 8 + 1);
        assertThat(total.all()).isZero();
    }

    @Test
    void theFilesAreTheSameEveryTime() throws IOException {
        RenderingModel model = new RenderingModel(WORLD, null);
        List<Path> first = EvaluationFiles.write(
                evaluation.run(model, EvaluationRequest.of(3), EvaluationListener.NONE), folder.resolve("a"));
        List<Path> second = EvaluationFiles.write(
                evaluation.run(model, EvaluationRequest.of(3), EvaluationListener.NONE), folder.resolve("b"));
        assertThat(first).hasSize(3);
        for (int i = 0; i < first.size(); i++) {
            assertThat(first.get(i)).hasSameBinaryContentAs(second.get(i));
        }
    }

    @Test
    void settingsReachTheModelAndTheReport() {
        EvaluationRequest request = new EvaluationRequest(2, OptionalInt.of(7), OptionalDouble.of(2.5));
        EvaluationResult result = evaluation.run(new RenderingModel(WORLD, null), request, EvaluationListener.NONE);
        assertThat(result.settings().orElseThrow().sampling().settings().values())
                .containsEntry("steps", 7)
                .containsEntry("guidance", 2.5);
        assertThat(EvaluationTable.markdown(result)).contains("steps 7, guidance 2.5, ");
    }

    @Test
    void theFilesHoldEveryPrompt() throws IOException {
        EvaluationResult result =
                evaluation.run(new RenderingModel(WORLD, null), EvaluationRequest.of(3), EvaluationListener.NONE);
        EvaluationFiles.write(result, folder);
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("evaluation.json").toFile());
        assertThat(json.at("/total/videos").asInt()).isEqualTo(3);
        assertThat(json.at("/judgeOnRenderings/sharp/videos").asInt()).isEqualTo(9);
        assertThat(json.at("/prompts")).hasSize(3);
        assertThat(json.at("/prompts/0/prompt").asText()).isEqualTo("a red rocket rises in the night sky");
        assertThat(json.at("/prompts/0/asked/motion").asText()).isEqualTo("up");
        String table = Files.readString(folder.resolve("evaluation.md"));
        result.prompts()
                .forEach(p -> assertThat(table)
                        .contains("| " + p.seed() + " | " + p.prompt().text() + " |"));
        BufferedImage sheet = ImageIO.read(folder.resolve("contact-sheet-1.jpg").toFile());
        assertThat(sheet.getWidth()).isGreaterThan(2 * 5 * 64);
        assertThat(sheet.getHeight()).as("two rows").isBetween(2 * 64, 3 * 64 + 100);
    }

    @Test
    void endsWhenItIsCancelled() {
        EvaluationListener cancel = new EvaluationListener() {
            private boolean stop;

            @Override
            public void judged(int done, int total, PromptResult result) {
                stop = done == 2;
            }

            @Override
            public GenerationListener generation() {
                return new GenerationListener() {
                    @Override
                    public boolean cancelled() {
                        return stop;
                    }
                };
            }
        };
        assertThatThrownBy(() -> evaluation.run(new RenderingModel(WORLD, null), EvaluationRequest.of(PROMPTS), cancel))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void morePromptsThanThereAreIsRefused() {
        assertThatThrownBy(() -> evaluation.run(
                        new RenderingModel(WORLD, null), EvaluationRequest.of(100_000), EvaluationListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the number of prompts must be in 1..");
    }
}
