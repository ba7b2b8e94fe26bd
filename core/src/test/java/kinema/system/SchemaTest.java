package kinema.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request may set: names, values, and what is said of others. */
class SchemaTest {
    private enum Mode {
        SLOW,
        FAST;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final Stage BASE = new Stage("base", Stage.Kind.SAMPLE);
    private static final Setting<Integer> STEPS =
            Setting.of("steps", "steps", ValueType.whole(1, 1000)).withStandard(50);
    private static final Setting<Double> GUIDANCE =
            Setting.of("guidance", "scale", ValueType.number(1, 1000, "between 1 (off) and 1000"));
    private static final Setting<Boolean> LOOP = Setting.of("loop", "whether it loops", ValueType.flag())
            .withStandard(false)
            .forDecoding();
    private static final Setting<Mode> MODE =
            Setting.of("mode", "mode", ValueType.choice(Mode.class)).withStandard(Mode.SLOW);
    private static final Setting<String> NEGATIVE = CommonSettings.NEGATIVE;

    private final Schema schema = new Schema(List.of(NEGATIVE, MODE, STEPS, STEPS.of(BASE), GUIDANCE, LOOP));

    @Test
    void whatIsLeftOpenHasTheModelsOwnValueInTheSchemasOrder() {
        Settings settings = schema.complete(Map.of("guidance", 6));

        assertThat(settings.values().keySet())
                .containsExactly("negative", "mode", "steps", "base.steps", "guidance", "loop");
        assertThat(settings.get(STEPS)).isEqualTo(50);
        assertThat(settings.get(GUIDANCE)).isEqualTo(6.0);
        assertThat(settings.get(MODE)).isEqualTo(Mode.SLOW);
        assertThat(schema.standard().find(GUIDANCE)).isEmpty();
        assertThatThrownBy(() -> schema.standard().get(GUIDANCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("no value for 'guidance', only for [negative,");
    }

    @Test
    void textsStandForValues() {
        Settings settings = schema.complete(
                Map.of("steps", "7", "base.steps", "75", "guidance", "2.5", "loop", "TRUE", "mode", "Fast"));

        assertThat(settings.get(STEPS)).isEqualTo(7);
        assertThat(settings.get(STEPS.of(BASE))).isEqualTo(75);
        assertThat(settings.get(GUIDANCE)).isEqualTo(2.5);
        assertThat(settings.get(LOOP)).isTrue();
        assertThat(settings.get(MODE)).isEqualTo(Mode.FAST);
        assertThat(settings.values()).containsEntry("mode", "fast").containsEntry("base.steps", 75);
        assertThat(schema.complete(settings.values())).isEqualTo(settings);
    }

    @Test
    void theEndsOfARangeAreIn() {
        assertThat(schema.complete(Map.of("steps", 1)).get(STEPS)).isEqualTo(1);
        assertThat(schema.complete(Map.of("steps", "1000")).get(STEPS)).isEqualTo(1000);
        assertThat(schema.complete(Map.of("guidance", 1)).get(GUIDANCE)).isEqualTo(1);
        assertThat(schema.complete(Map.of("guidance", 1000)).get(GUIDANCE)).isEqualTo(1000);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments("steps", 0, "steps must be between 1 and 1000, found 0"),
                arguments("steps", "1001", "steps must be between 1 and 1000, found 1001"),
                arguments("base.steps", "many", "base.steps must be a whole number, between 1 and 1000, found 'many'"),
                arguments("steps", 2.5, "steps must be a whole number, between 1 and 1000, found 2.5"),
                arguments("steps", 1e12, "steps must be a whole number, between 1 and 1000, found 1.0E12"),
                arguments("guidance", 0.5, "guidance must be between 1 (off) and 1000, found 0.5"),
                arguments("guidance", Double.NaN, "guidance must be between 1 (off) and 1000, found NaN"),
                arguments("loop", "yes", "loop must be true or false, found 'yes'"),
                arguments("mode", "faster", "mode must be one of slow, fast, found 'faster'"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatAValueMustBeIsSaid(String key, Object value, String message) {
        assertThatThrownBy(() -> schema.complete(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void unknownNamesAreRefusedWithTheNearest() {
        String known = "negative, mode, steps, base.steps, guidance, loop";
        assertThatThrownBy(() -> schema.complete(Map.of("bass.steps", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("this model has no setting 'bass.steps'; did you mean 'base.steps'? It has " + known);
        assertThatThrownBy(() -> schema.complete(Map.of("warp", 1)))
                .hasMessage("this model has no setting 'warp'; it has " + known);
    }

    @Test
    void aSettingThatFollowsFromAnotherHasItsValueWhereItIsLeftOpen() {
        Setting<List<Integer>> visited = Setting.of("visited", "timesteps", ValueType.falling(999));
        Schema leading = new Schema(List.of(STEPS, visited)).where(visited, STEPS, List::size);

        assertThat(leading.standard().values()).containsExactly(Map.entry("steps", 50));
        assertThat(leading.complete(Map.of("visited", "999, 500,0")).values())
                .containsExactly(Map.entry("steps", 3), Map.entry("visited", "999,500,0"));
        Settings both = leading.complete(Map.of("visited", List.of(7, 5), "steps", 4));
        assertThat(both.get(STEPS)).isEqualTo(4);
        assertThat(both.get(visited)).containsExactly(7, 5);
    }

    @Test
    void aSettingThatFollowsFromThoseBeforeItHasItsValueWhereItIsLeftOpen() {
        Setting<Integer> half = Setting.of("half", "of the steps", ValueType.whole(0, 500));
        Schema derived = new Schema(List.of(STEPS, half))
                .where(
                        half,
                        all -> Optional.of(all.get(STEPS))
                                .filter(n -> n % 2 == 0)
                                .map(n -> n / 2));

        assertThat(derived.standard().get(half)).isEqualTo(25);
        assertThat(derived.complete(Map.of("steps", 8)).get(half)).isEqualTo(4);
        assertThat(derived.complete(Map.of("steps", 8, "half", 3)).get(half)).isEqualTo(3);
        assertThat(derived.complete(Map.of("steps", 9)).find(half)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "999,", "1000,5", "5,5", "3,4", "a", "-1", "7;5", "99999999999"})
    void numbersThatDoNotFallAreRefused(String text) {
        Setting<List<Integer>> visited = Setting.of("visited", "timesteps", ValueType.falling(999));
        assertThatThrownBy(() -> visited.encode(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("visited must be ")
                .hasMessageContaining("falling from at most 999 to at least 0, found");
    }

    @Test
    void settingsOfDecodingMayChangeOnceSamplesAreThere() {
        assertThat(schema.ofDecoding()).containsExactly("loop");
    }

    @Test
    void twoSettingsOfOneNameAreASystemsMistake() {
        assertThatThrownBy(() -> new Schema(List.of(STEPS, STEPS))).hasMessage("two settings are called 'steps'");
        assertThatThrownBy(() -> STEPS.withStandard(0)).hasMessage("steps must be between 1 and 1000, found 0");
    }
}
