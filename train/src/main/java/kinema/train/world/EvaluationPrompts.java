package kinema.train.world;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The fixed prompts a model is judged by: held-out combinations, as even as possible over motions, scenes and subjects. */
final class EvaluationPrompts {
    private static final String README_SUBJECT = "rocket";

    private final Map<Object, Integer> uses = new HashMap<>();

    /** Picks prompts, the README's sentence first. */
    List<Prompt> choose(List<Subject> subjects, int count) {
        List<Scenario> pool = new ArrayList<>(HeldOut.scenarios(subjects));
        if (count < 1 || count > pool.size()) {
            throw new IllegalArgumentException(
                    "the number of prompts must be in 1.." + pool.size() + " (held-out combinations), found " + count);
        }
        pool.sort(Comparator.comparingLong(s -> HeldOut.order(s.subject(), s.motion(), s.scene())));
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Scenario next = i == 0 ? readme(pool) : leastUsed(pool);
            pool.remove(next);
            List.of(next.motion(), next.scene(), next.subject()).forEach(part -> uses.merge(part, 1, Integer::sum));
            prompts.add(prompt(next, i));
        }
        return List.copyOf(prompts);
    }

    private Scenario leastUsed(List<Scenario> pool) {
        Comparator<Scenario> byUse = Comparator.<Scenario>comparingInt(s -> uses(s.motion()))
                .thenComparingInt(s -> uses(s.scene()))
                .thenComparingInt(s -> uses(s.subject()));
        return pool.stream().min(byUse).orElseThrow();
    }

    private int uses(Object part) {
        return uses.getOrDefault(part, 0);
    }

    private static Scenario readme(List<Scenario> pool) {
        return pool.stream()
                .filter(s -> s.subject().name().equals(README_SUBJECT)
                        && s.motion() == Motion.UP
                        && s.scene() == Scene.NIGHT_SKY)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the README's combination is not held out"));
    }

    /** Every other colourable subject gets a colour; the first prompt is the README's red rocket. */
    private static Prompt prompt(Scenario chosen, int index) {
        if (index == 0) {
            Scenario red = new Scenario(chosen.subject(), ColorWord.RED, chosen.motion(), chosen.scene(), null);
            return new Prompt(Captions.plainest(red), red);
        }
        SplittableRandom random = new SplittableRandom(index);
        ColorWord color = chosen.subject().colorable() && index % 2 == 0 ? Sampler.color(random) : null;
        ColorWord background =
                chosen.scene() == Scene.PLAIN ? Sampler.backgroundFor(chosen.subject(), color, random) : null;
        Scenario scenario = new Scenario(chosen.subject(), color, chosen.motion(), chosen.scene(), background);
        return new Prompt(Captions.pick(scenario, random), scenario);
    }
}
