package kinema.train.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import kinema.text.KnownWords;
import org.junit.jupiter.api.Test;

class CaptionsTest {
    private static final Map<Scene, String> SCENE_WORDS = Map.of(
            Scene.SEA, ".*(sea|ocean).*",
            Scene.MEADOW, ".*(meadow|grass).*",
            Scene.NIGHT_SKY, ".*(night|stars).*",
            Scene.SUNSET, ".*sunset.*",
            Scene.DESERT, ".*(desert|sand dunes).*",
            Scene.SNOW, ".*snow.*",
            Scene.BLUE_SKY, ".*blue sky.*",
            Scene.PLAIN, ".* background.*");
    private static final Map<Motion, String> MOTION_WORDS = Map.of(
            Motion.LEFT, ".*left.*",
            Motion.RIGHT, ".*right.*",
            Motion.UP, ".*(up|rises).*",
            Motion.DOWN, ".*(down|falls|sinks).*",
            Motion.BOUNCE, ".*(bounces|hops|jumps).*",
            Motion.SPIN, ".*(spins|rotates).*",
            Motion.GROW, ".*(grows|bigger|larger).*",
            Motion.SHRINK, ".*(shrinks|smaller).*",
            Motion.STILL, ".*(still|in place|not move).*");

    private final World world = new World();

    @Test
    void captionsAreShortAndNameWhatIsSeen() {
        for (long seed = 0; seed < 10_000; seed++) {
            Scenario s = world.sample(seed, Split.TRAIN);
            String caption = world.caption(s, seed);
            assertThat(caption.split(" ")).as(caption).hasSizeLessThanOrEqualTo(14);
            assertThat(caption)
                    .contains(s.subject().noun())
                    .matches(SCENE_WORDS.get(s.scene()))
                    .matches(MOTION_WORDS.get(s.motion()))
                    .doesNotContainPattern("\\ba [aeiou]|\\ban [^aeiou]");
            if (s.color() != null) {
                assertThat(caption)
                        .contains(s.color().word() + " " + s.subject().noun());
            }
            if (s.background() != null) {
                assertThat(caption).contains(s.background().word() + " background");
            }
        }
    }

    @Test
    void aCaptionMeansWhatItWasMadeOf() {
        for (long seed = 0; seed < 2_000; seed++) {
            Scenario s = world.sample(seed, Split.TRAIN);
            String caption = world.caption(s, seed);
            assertThat(world.meaning(caption)).as(caption).isEqualTo(new Meaning(s.subject(), s.motion(), s.scene()));
        }
    }

    @Test
    void ofOtherSentencesWhatIsKnownIsMeant() {
        Meaning part = world.meaning("Look: a ROCKET, at night!");
        assertThat(part.subject()).isNotNull().extracting(Subject::name).isEqualTo("rocket");
        assertThat(part.motion()).isNull();
        assertThat(part.scene()).isEqualTo(Scene.NIGHT_SKY);
        assertThat(world.meaning("a skyrocketing price").isEmpty()).isTrue();
    }

    @Test
    void theListOfWordsHasThoseOfEveryCaption() {
        KnownWords words = world.words();
        for (long seed = 0; seed < 10_000; seed++) {
            String caption = world.caption(world.sample(seed, Split.TRAIN), seed);
            assertThat(words.unknown(caption)).as(caption).isEmpty();
        }
        assertThat(words.kinds().get("subjects")).hasSize(60).contains("flying saucer");
    }

    @Test
    void theBundledModelsListIsTheWorlds() {
        assertThat(KnownWords.of(Path.of("..", "models", "kinema-tiny"))).contains(world.words());
    }

    @Test
    void everyScenarioHasManyPhrasings() {
        for (long seed = 0; seed < 50; seed++) {
            Scenario scenario = world.sample(seed, Split.TRAIN);
            Set<String> phrasings = new HashSet<>();
            for (long i = 0; i < 400; i++) {
                phrasings.add(world.caption(scenario, i));
            }
            assertThat(phrasings.size()).as(phrasings.toString()).isGreaterThanOrEqualTo(12);
        }
    }

    @Test
    void aboutFourClipsInTenNameAColor() {
        long colored = 0;
        for (long seed = 0; seed < 5000; seed++) {
            if (world.sample(seed, Split.TRAIN).color() != null) {
                colored++;
            }
        }
        assertThat(colored / 5000.0).isBetween(0.3, 0.45);
    }
}
