package kinema.cogvideo.text;

import java.util.List;
import java.util.stream.LongStream;

/**
 * The texts in front of a request's sequences: what the prompt becomes in each stage, and what guidance leads away from. A clip's
 * duration is written in front of its prompt, as in training.
 *
 * @param words the vocabulary
 * @param prompt as much of it as the model sees
 * @param keyRate key frames per second
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
public record StageTexts(IceVocabulary words, String prompt, double keyRate) {
    private static final String PHOTO = " 高清摄影"; // high definition photography
    private static final String VIDEO = " 视频"; // video
    private static final String SECONDS = "秒";
    private static final double SPAN = 4; // frames from the first of a window to its last

    /**
     * The texts of a prompt, of which the end is left out where it is too long.
     *
     * @param most tokens of a stage's text
     */
    public static StageTexts of(IceVocabulary words, String prompt, double keyRate, long most) {
        StageTexts texts = new StageTexts(words, prompt, keyRate);
        long[] ids = words.encode(prompt);
        int kept = Math.toIntExact(Math.min(ids.length, most));
        while (texts.longest() > most && kept > 0) {
            String seen = words.decode(LongStream.of(ids).limit(--kept).toArray());
            texts = new StageTexts(words, seen, keyRate);
        }
        return texts;
    }

    private int longest() {
        return List.of(firstFrame(), keyFrames(true), interpolation(0)).stream()
                .mapToInt(ids -> ids.length)
                .max()
                .orElseThrow();
    }

    /** In front of the first frame, which the text-to-image model makes. */
    public long[] firstFrame() {
        return words.encode(prompt + PHOTO);
    }

    /** What guidance of the first frame leads away from: any picture. */
    public static long[] anyPicture(IceVocabulary words) {
        return words.encode(PHOTO.strip());
    }

    /** In front of the key frames. */
    public long[] keyFrames(boolean guided) {
        return timed(0, guided ? prompt + VIDEO : prompt);
    }

    /** In front of a window of a round of interpolation, from 0. */
    public long[] interpolation(int round) {
        return timed(round + 1, prompt);
    }

    /** What guidance of clips leads away from, without a duration: any video. */
    public static long[] anyVideo(IceVocabulary words) {
        return words.encode(VIDEO.strip());
    }

    /** What guidance leads away from: any video of the same duration, after so many doublings of the rate. */
    public long[] anything(int doublings) {
        return timed(doublings, VIDEO.strip());
    }

    /** In front of a small picture. */
    public long[] upscaling() {
        return words.encode(prompt);
    }

    private long[] timed(int doublings, String text) {
        return timed(words, SPAN / keyRate / (1 << doublings), text);
    }

    /** A text behind the seconds from the first of five frames to the last, as sequences have it. */
    public static long[] timed(IceVocabulary words, double seconds, String text) {
        return LongStream.concat(
                        LongStream.concat(
                                LongStream.of(words.encode(seconds + SECONDS)), LongStream.of(words.newline())),
                        LongStream.of(words.encode(text)))
                .toArray();
    }
}
