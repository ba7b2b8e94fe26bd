package kinema;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Has a language model that sees pictures judge videos, at any service that speaks OpenAI's chat protocol: it is shown frames from first
 * to last. Safe to share between threads.
 */
public final class ChatJudge implements VideoJudge {
    private static final String TASK =
            "You are shown frames of a short video in the order of time. Say how well the video"
                    + " shows what the user asked for: the subjects and how they look, what they do from frame to frame, the place."
                    + " Broken or blurred pictures count against it. Answer with one whole number from 0 (not at all) to 100"
                    + " (perfectly) and nothing else.";

    private static final int FRAMES = 4;
    private static final double WHOLE = 100;
    private static final Pattern THOUGHTS = Pattern.compile("(?s)<think>.*?</think>");
    private static final Pattern OF_WHOLE = Pattern.compile("/\\s*100\\b");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

    private final ChatClient client;

    private ChatJudge(ChatClient client) {
        this.client = client;
    }

    /**
     * Asks a service.
     *
     * @param url the service's base, such as {@code http://localhost:8080/v1}, or its whole {@code …/chat/completions}
     * @param model the name there of a model that sees pictures
     * @param key sent as a bearer token; null where the service needs none
     * @throws IllegalArgumentException when the address is none that a request can go to, or the name is blank
     */
    public static ChatJudge at(String url, String model, @Nullable String key) {
        return new ChatJudge(ChatClient.at(url, model, key));
    }

    /** The same with another time to wait for a whole answer than {@link ChatClient#TIMEOUT}. */
    public ChatJudge withTimeout(Duration timeout) {
        return new ChatJudge(client.withTimeout(timeout));
    }

    /**
     * The same that stops waiting when it is asked to, with a {@link java.util.concurrent.CancellationException}.
     *
     * @param cancelled asked now and then while it waits
     */
    public ChatJudge withCancellation(BooleanSupplier cancelled) {
        return new ChatJudge(client.withCancellation(cancelled));
    }

    @Override
    public double agreement(String prompt, Video video) {
        int count = video.frames().size();
        int shown = Math.min(FRAMES, count);
        byte[][] pictures = IntStream.range(0, shown)
                .map(i -> shown == 1 ? 0 : Math.round((float) i * (count - 1) / (shown - 1)))
                .mapToObj(i -> png(video.image(i)))
                .toArray(byte[][]::new);
        String answer;
        try {
            answer = client.ask(TASK, "Asked for: " + prompt, pictures);
        } catch (ChatException e) {
            throw new VideoJudgeException(String.valueOf(e.getMessage()), e);
        }
        double score = score(answer);
        if (!(score >= 0 && score <= WHOLE)) {
            throw new VideoJudgeException(client.endpoint()
                    + " was to answer with one number from 0 to 100, and answered: " + ChatClient.shown(answer));
        }
        return score / WHOLE;
    }

    /** The one number of an answer; of several none can be told to be meant, which is not a number. */
    private static double score(String answer) {
        String said = OF_WHOLE.matcher(THOUGHTS.matcher(answer).replaceAll("")).replaceAll("");
        List<String> numbers =
                NUMBER.matcher(said).results().map(MatchResult::group).toList();
        return numbers.size() == 1 ? Double.parseDouble(numbers.get(0)) : Double.NaN;
    }

    private static byte[] png(BufferedImage picture) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("a picture cannot be written to memory", e);
        }
        return bytes.toByteArray();
    }
}
