package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.eval.Judge;
import kinema.eval.Verdict;
import kinema.text.KnownWords;
import kinema.train.Recipes;
import kinema.train.world.Prompt;
import kinema.train.world.Scenario;
import kinema.train.world.World;
import org.junit.jupiter.api.Test;

/** The small CogVideo that comes with Kinema; how well it does is measured by {@code kinema evaluate}, not here. */
class ShippedModelTest {
    private static final Path MODEL = Path.of("../models/kinema-cogvideo-tiny");
    private static final long MOST_BYTES = 40_000_000;

    private final World world = new World();

    /** Videos with no setting given, of combinations that were held out of training. Another processor's rounding may draw other ones, so one may be wrong. */
    @Test
    void makesTheVideosThatPromptsSay() {
        int right = 0;
        try (VideoModel model = Kinema.open(MODEL);
                Judge judge = Judge.bundled(world)) {
            for (int number : List.of(1, 5, 12, 35)) { // grows, goes left, stands still, bounces
                Prompt prompt = world.evaluationPrompts(number + 1).get(number);
                GenerationRequest request =
                        GenerationRequest.of(prompt.text()).seed(number).build();
                try (Generation made = model.generate(request, GenerationListener.NONE)) {
                    assertThat(made.video().frames()).hasSize(17);
                    assertThat(List.of(made.video().width(), made.video().height()))
                            .containsExactly(128, 128);
                    assertThat(made.video().fps()).isEqualTo(8);
                    Verdict verdict = judge.judge(made.video());
                    Scenario asked = prompt.scenario();
                    assertThat(verdict.scene()).isEqualTo(asked.scene());
                    boolean all = verdict.subject().equals(asked.subject()) && verdict.motion() == asked.motion();
                    right += all ? 1 : 0;
                }
            }
        }
        assertThat(right).isGreaterThanOrEqualTo(3);
    }

    /** What a model made by the recipes states is what this one states. */
    @Test
    void statesWhatItsRecipesState() {
        Map<String, Object> stated = new HashMap<>(Map.of("language", "English"));
        for (String part : List.of("base", "keyframes", "interpolation", "upscaler")) {
            Path recipe = Path.of("../recipes/kinema-cogvideo-tiny-" + part + ".yaml");
            stated.putAll(Recipes.read(recipe, PartRecipe.class).defaults());
        }
        Map<String, Object> own = new HashMap<>(new CogVideoFiles(MODEL).stated());
        assertThat(stated.keySet()).isSubsetOf(own.keySet());
        own.keySet().retainAll(stated.keySet());
        assertThat(numbers(own)).isEqualTo(numbers(stated));
    }

    private static Map<String, Object> numbers(Map<String, Object> values) {
        Map<String, Object> numbers = new HashMap<>(values);
        numbers.replaceAll((key, value) -> value instanceof Number number ? number.doubleValue() : value);
        return numbers;
    }

    @Test
    void listsItsWordsAndReadsEnglish() {
        assertThat(KnownWords.of(MODEL)).contains(world.words());
        assertThat(Kinema.rules(MODEL).language()).contains("English");
    }

    @Test
    void isSmall() throws IOException {
        try (Stream<Path> files = Files.walk(MODEL)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            assertThat(bytes).isLessThan(MOST_BYTES);
        }
    }
}
