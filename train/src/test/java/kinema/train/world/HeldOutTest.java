package kinema.train.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    private final World world = new World();

    @Test
    void aboutOneInTwentyIsHeldOut() {
        int all = world.subjects().size() * Motion.values().length * Scene.values().length;
        double part = (double) HeldOut.scenarios(world.subjects()).size() / all;
        assertThat(part).isBetween(0.04, 0.06);
    }

    @Test
    void readmeSentenceIsHeldOut() {
        Subject rocket = world.subjects().stream()
                .filter(s -> s.name().equals("rocket"))
                .findFirst()
                .orElseThrow();
        assertThat(HeldOut.contains(rocket, Motion.UP, Scene.NIGHT_SKY)).isTrue();
        assertThat(world.evaluationPrompts(1).get(0).text()).isEqualTo("a red rocket rises in the night sky");
    }

    @Test
    void everyPairStaysInTraining() {
        for (Subject subject : world.subjects()) {
            Map<Object, Integer> trained = new HashMap<>();
            for (Motion motion : Motion.values()) {
                for (Scene scene : Scene.values()) {
                    int kept = HeldOut.contains(subject, motion, scene) ? 0 : 1;
                    trained.merge(motion, kept, Integer::sum);
                    trained.merge(scene, kept, Integer::sum);
                }
            }
            assertThat(trained).as(subject.name()).hasSize(17);
            assertThat(trained.values()).as(subject.name()).allMatch(count -> count >= 4);
        }
    }

    @Test
    void splitsNeverMix() {
        Set<Object> subjects = new HashSet<>();
        for (long seed = 0; seed < 20_000; seed++) {
            Scenario trained = world.sample(seed, Split.TRAIN);
            assertThat(isHeldOut(trained)).isFalse();
            subjects.add(trained.subject());
        }
        for (long seed = 0; seed < 500; seed++) {
            assertThat(isHeldOut(world.sample(seed, Split.HELD_OUT))).isTrue();
        }
        assertThat(subjects).hasSameSizeAs(world.subjects());
    }

    @Test
    void evaluationPromptsAreHeldOutDistinctAndEven() {
        List<Prompt> prompts = world.evaluationPrompts(100);
        assertThat(prompts).hasSize(100).isEqualTo(new World().evaluationPrompts(100));
        Map<Object, Integer> uses = new HashMap<>();
        Set<List<Object>> triples = new HashSet<>();
        for (Prompt prompt : prompts) {
            Scenario s = prompt.scenario();
            assertThat(isHeldOut(s)).as(prompt.text()).isTrue();
            triples.add(List.of(s.subject(), s.motion(), s.scene()));
            List.of(s.motion(), s.scene(), s.subject()).forEach(part -> uses.merge(part, 1, Integer::sum));
        }
        assertThat(triples).hasSize(100);
        for (Motion motion : Motion.values()) {
            assertThat(uses.get(motion)).as(motion.name()).isBetween(11, 12);
        }
        for (Scene scene : Scene.values()) {
            assertThat(uses.get(scene)).as(scene.name()).isBetween(10, 15);
        }
        assertThat(world.subjects()).allMatch(subject -> uses.getOrDefault(subject, 0) <= 4);
        assertThat(prompts)
                .filteredOn(prompt -> prompt.scenario().color() != null)
                .hasSizeBetween(20, 60);
    }

    @Test
    void tooManyPromptsAreRefused() {
        assertThatThrownBy(() -> world.evaluationPrompts(4000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(held-out combinations), found 4000");
    }

    private static boolean isHeldOut(Scenario s) {
        return HeldOut.contains(s.subject(), s.motion(), s.scene());
    }
}
