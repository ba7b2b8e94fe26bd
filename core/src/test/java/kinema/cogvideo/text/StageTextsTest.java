package kinema.cogvideo.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.LongStream;
import kinema.testing.IceModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageTextsTest {
    private static final long MOST = 64;

    @TempDir
    private Path folder;

    private IceVocabulary words;

    @BeforeEach
    void read() {
        words = IceVocabulary.read(IceModel.write(folder), 20000);
    }

    @Test
    void eachStageHasTheAuthorsText() {
        StageTexts texts = StageTexts.of(words, "狮子", 1, MOST);
        assertThat(texts.firstFrame()).isEqualTo(words.encode("狮子 高清摄影"));
        assertThat(texts.keyFrames(true)).isEqualTo(timed("4.0秒", "狮子 视频"));
        assertThat(texts.keyFrames(false)).isEqualTo(timed("4.0秒", "狮子"));
        assertThat(texts.interpolation(0)).isEqualTo(timed("2.0秒", "狮子"));
        assertThat(texts.interpolation(2)).isEqualTo(timed("0.5秒", "狮子"));
        assertThat(texts.anything(0)).isEqualTo(timed("4.0秒", "视频"));
        assertThat(texts.upscaling()).isEqualTo(words.encode("狮子"));
    }

    @ParameterizedTest
    @CsvSource({"0.25,16.0", "0.5,8.0", "2,2.0", "4,1.0"})
    void theDurationFollowsTheRate(double rate, String seconds) {
        assertThat(StageTexts.of(words, "狮子", rate, MOST).keyFrames(false)).isEqualTo(timed(seconds + "秒", "狮子"));
    }

    @Test
    void ofALongPromptTheBeginningIsSeenAndEveryTextFits() {
        String prompt = "狮子在喝水".repeat(30);
        StageTexts texts = StageTexts.of(words, prompt, 0.25, MOST);
        assertThat(prompt).startsWith(texts.prompt());
        assertThat(texts.prompt()).isNotEmpty();
        int longest = LongStream.of(
                        texts.firstFrame().length, texts.keyFrames(true).length, texts.interpolation(0).length)
                .mapToInt(Math::toIntExact)
                .max()
                .orElseThrow();
        assertThat(longest).isLessThanOrEqualTo((int) MOST).isGreaterThan((int) MOST - 4);
    }

    private long[] timed(String duration, String text) {
        return LongStream.concat(
                        LongStream.concat(LongStream.of(words.encode(duration)), LongStream.of(words.newline())),
                        LongStream.of(words.encode(text)))
                .toArray();
    }
}
