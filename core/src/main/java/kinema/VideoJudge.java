package kinema;

/** Says how well videos show what they were asked for, such as to choose the best of several. */
@FunctionalInterface
public interface VideoJudge {
    /**
     * How well a video shows what a prompt says.
     *
     * @param prompt what it was asked for
     * @param video any size and length
     * @return from 0, not at all, to 1
     * @throws VideoJudgeException when it cannot say
     */
    double agreement(String prompt, Video video);
}
