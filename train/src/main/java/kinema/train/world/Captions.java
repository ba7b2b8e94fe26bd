package kinema.train.world;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import kinema.text.KnownWords;
import org.jspecify.annotations.Nullable;

/** Says in one short sentence what a scenario shows; every scenario has several phrasings. */
final class Captions {
    /** Part of the captions that begin with the scene. */
    private static final double SCENE_FIRST = 0.2;

    private Captions() {}

    /** A phrasing picked by the random numbers. */
    static String pick(Scenario scenario, SplittableRandom random) {
        String action = pick(actions(scenario), random);
        String place = pick(places(scenario), random);
        return random.nextDouble() < SCENE_FIRST
                ? place + ", " + thing(scenario) + " " + action
                : thing(scenario) + " " + action + " " + place;
    }

    /** The plainest phrasing, always the same. */
    static String plainest(Scenario scenario) {
        return thing(scenario) + " " + actions(scenario).get(0) + " "
                + places(scenario).get(0);
    }

    /** All that captions of these subjects speak of. */
    static KnownWords words(List<Subject> subjects) {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        kinds.put("subjects", subjects.stream().map(Subject::noun).toList());
        kinds.put(
                "colours",
                Arrays.stream(ColorWord.values()).map(ColorWord::word).toList());
        kinds.put(
                "motions",
                Arrays.stream(Motion.values())
                        .flatMap(motion -> actions(motion, "moves").stream())
                        .distinct()
                        .toList());
        kinds.put("gaits", Arrays.stream(Gait.values()).map(Gait::verb).toList());
        kinds.put(
                "scenes",
                Arrays.stream(Scene.values())
                        .flatMap(scene -> places(scene, ColorWord.BLUE).stream())
                        .toList());
        kinds.put("articles", Stream.of("a", "an", "the").toList());
        return new KnownWords(kinds);
    }

    /**
     * What a sentence says in words that captions use.
     *
     * @param subjects that it may speak of
     */
    static Meaning meaning(String sentence, List<Subject> subjects) {
        String words = " "
                + sentence.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}]+", " ")
                        .strip() + " ";
        Map<String, Subject> nouns = new LinkedHashMap<>();
        subjects.forEach(subject -> nouns.put(subject.noun(), subject));
        Map<String, Motion> actions = new LinkedHashMap<>();
        for (Motion motion : Motion.values()) {
            for (Gait gait : Gait.values()) {
                actions(motion, gait.verb()).forEach(action -> actions.put(action, motion));
            }
        }
        Map<String, Scene> places = new LinkedHashMap<>();
        for (Scene scene : Scene.values()) {
            for (ColorWord color : ColorWord.values()) {
                places(scene, color).forEach(place -> places.put(place, scene));
            }
        }
        return new Meaning(longest(nouns, words), longest(actions, words), longest(places, words));
    }

    /** What the longest phrase among some words stands for; null where there is none. */
    private static <T> @Nullable T longest(Map<String, T> phrases, String words) {
        return phrases.entrySet().stream()
                .filter(phrase -> words.contains(" " + phrase.getKey() + " "))
                .max(Comparator.comparingInt(phrase -> phrase.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    private static String pick(List<String> choices, SplittableRandom random) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static String thing(Scenario scenario) {
        String noun = scenario.subject().noun();
        return withArticle(scenario.color() == null ? noun : scenario.color().word() + " " + noun);
    }

    private static String withArticle(String phrase) {
        return ("aeiou".indexOf(phrase.charAt(0)) >= 0 ? "an " : "a ") + phrase;
    }

    private static List<String> actions(Scenario scenario) {
        return actions(scenario.motion(), scenario.subject().gait().verb());
    }

    private static List<String> actions(Motion motion, String gait) {
        return switch (motion) {
            case LEFT -> towards("left", gait);
            case RIGHT -> towards("right", gait);
            case UP -> List.of("rises", "moves up", "goes up", "flies up", "floats upward");
            case DOWN -> List.of("falls", "moves down", "goes down", "sinks", "drops down");
            case BOUNCE -> List.of("bounces", "bounces up and down", "hops up and down", "jumps up and down");
            case SPIN -> List.of("spins", "spins around", "rotates", "spins in a circle");
            case GROW -> List.of("grows", "gets bigger", "grows bigger", "becomes larger");
            case SHRINK -> List.of("shrinks", "gets smaller", "shrinks away", "becomes smaller");
            case STILL -> List.of("stays still", "does not move", "stands still", "stays in place");
        };
    }

    private static List<String> towards(String side, String gait) {
        return List.of(
                "moves to the " + side,
                gait + " to the " + side,
                "moves " + side,
                gait + " " + side,
                "goes to the " + side);
    }

    private static List<String> places(Scenario scenario) {
        return places(scenario.scene(), scenario.background());
    }

    private static List<String> places(Scene scene, @Nullable ColorWord background) {
        return switch (scene) {
            case SEA -> List.of("over the sea", "at sea", "above the ocean", "in front of the sea");
            case MEADOW -> List.of("on a green meadow", "in a meadow", "over a green meadow", "on the grass");
            case NIGHT_SKY -> List.of("in the night sky", "at night", "under the stars", "in a starry night sky");
            case SUNSET -> List.of("at sunset", "in front of a sunset", "in the sunset");
            case DESERT -> List.of("in the desert", "over the sand dunes", "in a sandy desert", "across the desert");
            case SNOW -> List.of("in the snow", "over the snow", "on a snowy field", "in a snowy landscape");
            case BLUE_SKY -> List.of("in the blue sky", "across a blue sky", "in front of a blue sky");
            case PLAIN -> backgrounds(background);
        };
    }

    private static List<String> backgrounds(@Nullable ColorWord color) {
        if (color == null) {
            throw new IllegalStateException("scene PLAIN without a background colour");
        }
        return List.of(
                "on a plain " + color.word() + " background",
                "in front of " + withArticle(color.word()) + " background",
                "on " + withArticle(color.word()) + " background");
    }
}
