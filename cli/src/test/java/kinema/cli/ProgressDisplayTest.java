package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProgressDisplayTest {
    private static final String ERASE = "\r\u001b[K";

    private final StringWriter text = new StringWriter();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger columns = new AtomicInteger(80);

    @Test
    void terminalShowsCountRateAndTimeLeftOnOneLine() {
        ProgressDisplay progress = display(true);
        progress.stage("denoise");
        pass(2000);
        progress.step(1, 4);
        pass(2000);
        progress.step(2, 4);

        assertThat(text.toString().split(ERASE.replace("[", "\\["), -1))
                .containsExactly(
                        "",
                        "denoise   ",
                        "denoise    [######------------------] 1/4, 2.0 s/step, 6.0 s left",
                        "denoise    [############------------] 2/4, 2.0 s/step, 4.0 s left");
    }

    @Test
    void theLineFitsTheTerminalAndItsChanges() {
        ProgressDisplay progress = display(true);
        progress.stage("denoise");
        for (int width : new int[] {80, 55, 40, 20}) {
            columns.set(width);
            pass(1000);
            progress.step(1, 4);
        }

        assertThat(text.toString().split(ERASE.replace("[", "\\["), -1))
                .containsExactly(
                        "",
                        "denoise   ",
                        "denoise    [######------------------] 1/4, 1.0 steps/s, 3.0 s left",
                        "denoise    [###----------] 1/4, 2.0 s/step, 6.0 s left",
                        "denoise    1/4, 3.0 s/step, 9.0 s left",
                        "denoise    1/4, 4.0");
    }

    @Test
    void aStageWithoutStepsShowsHowLongItHasTaken() {
        ProgressDisplay screen = display(true);
        screen.tick(); // nothing goes on yet
        screen.stage("text");
        pass(12_000);
        screen.tick();
        assertThat(text.toString()).endsWith(ERASE + "text       12.0 s so far");
        screen.step(1, 2);
        int shown = text.toString().length();
        pass(5000);
        screen.tick();
        assertThat(text.toString()).as("a count says more").hasSize(shown);

        ProgressDisplay log = display(false);
        log.stage("load");
        pass(9000);
        log.tick();
        pass(2000);
        log.tick();
        log.tick();
        assertThat(text.toString()).endsWith("load       11.0 s so far" + System.lineSeparator());
    }

    @Test
    void stepsOfAnEarlierRunDoNotCountAsTakenNow() {
        ProgressDisplay progress = display(true);
        progress.stage("denoise");
        pass(2000);
        progress.step(31, 34);

        assertThat(text.toString()).endsWith("31/34, 2.0 s/step, 6.0 s left");
    }

    @Test
    void tokensAreShownInsteadOfSteps() {
        ProgressDisplay progress = display(true);
        progress.stage("keyframes");
        pass(2000);
        progress.tokens(400, 2000);
        progress.step(1, 5);
        pass(500);
        progress.tokens(401, 2000);

        assertThat(text.toString()).endsWith("401/2000, 1.3 s/token, 33 min 19 s left");
        assertThat(text.toString()).doesNotContain("1/5");
        assertThat(progress.stepSeconds()).containsExactly(2.0);
    }

    @Test
    void terminalIsNotDrawnMoreOftenThanTheEyeSees() {
        ProgressDisplay progress = display(true);
        progress.stage("decode");
        for (int step = 1; step < 1000; step++) {
            pass(1);
            progress.step(step, 1000);
        }

        assertThat(text.toString().split(ERASE.replace("[", "\\["), -1)).hasSizeBetween(15, 25);
    }

    @Test
    void logGetsALineEveryTenSecondsAndOnePerStage() {
        ProgressDisplay progress = display(false);
        progress.stage("load");
        pass(500);
        progress.stage("denoise");
        for (int step = 1; step <= 6; step++) {
            pass(4000);
            progress.step(step, 6);
        }
        progress.close();

        assertThat(text.toString().lines())
                .containsExactly(
                        "load       0.5 s",
                        "denoise    [############------------] 3/6, 4.0 s/step, 12.0 s left",
                        "denoise    24.0 s");
        assertThat(text.toString()).doesNotContain("\r\u001b");
    }

    @Test
    void secondsArePerStageInOrder() {
        ProgressDisplay progress = display(false);
        progress.stage("load");
        pass(250);
        progress.stage("text");
        pass(1000);
        progress.close();
        progress.close();

        assertThat(List.copyOf(progress.seconds().entrySet()))
                .containsExactly(Map.entry("load", 0.25), Map.entry("text", 1.0));
    }

    @Test
    void everyStepsSecondsAreKept() {
        ProgressDisplay progress = display(false);
        progress.stage("text");
        pass(1000);
        progress.stage("denoise");
        pass(3000);
        progress.step(1, 2);
        pass(500);
        progress.step(2, 2);

        assertThat(progress.stepSeconds()).containsExactly(3.0, 0.5);
    }

    static Stream<Arguments> times() {
        return Stream.of(
                arguments(0.04, "0.0 s"),
                arguments(59.94, "59.9 s"),
                arguments(60, "1 min 00 s"),
                arguments(3599, "59 min 59 s"),
                arguments(7260, "2 h 01 min"));
    }

    @ParameterizedTest
    @MethodSource("times")
    void timesReadWell(double seconds, String expected) {
        assertThat(ProgressDisplay.time(seconds)).isEqualTo(expected);
    }

    private ProgressDisplay display(boolean terminal) {
        return new ProgressDisplay(new PrintWriter(text), terminal, nanos::get, columns::get);
    }

    private void pass(long millis) {
        nanos.addAndGet(millis * 1_000_000);
    }
}
