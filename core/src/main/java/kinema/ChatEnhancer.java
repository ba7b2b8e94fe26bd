package kinema;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has a language model rewrite or translate prompts, at any service that speaks OpenAI's chat protocol, on this machine or elsewhere.
 * The only part of Kinema that uses a network, and only where a program makes one. Safe to share between threads.
 */
public final class ChatEnhancer implements PromptEnhancer {
    private static final String TASK = "Rewrite the user's request for a short video as one paragraph in English that a"
            + " camera could have filmed: subjects and how they look, what they do from beginning to end, place, light,"
            + " camera. Keep everything the user asks for, add no speech and no text to read. At most 120 words. Answer"
            + " with the paragraph alone.";

    private static final String TRANSLATION = "Translate the user's description of a video into %s, as a caption that a"
            + " native speaker would write. Add nothing, leave nothing out, keep names. Answer with the translation alone.";

    private static final int MAX_PROMPT = 10_000; // chars; 120 words have some 800

    private final ChatClient client;
    private final String task;

    private ChatEnhancer(ChatClient client, String task) {
        this.client = client;
        this.task = task;
    }

    /**
     * Asks a service.
     *
     * @param url the service's base, such as {@code http://localhost:8080/v1}, or its whole {@code …/chat/completions}
     * @param model the language model's name there
     * @param key sent as a bearer token; null where the service needs none
     * @throws IllegalArgumentException when the address is none that a request can go to, or the name is blank
     */
    public static ChatEnhancer at(String url, String model, @Nullable String key) {
        return new ChatEnhancer(ChatClient.at(url, model, key), TASK);
    }

    /** The same with another time to wait for a whole answer than {@link ChatClient#TIMEOUT}. */
    public ChatEnhancer withTimeout(Duration timeout) {
        return new ChatEnhancer(client.withTimeout(timeout), task);
    }

    /**
     * The same that stops waiting when it is asked to, with a {@link java.util.concurrent.CancellationException}.
     *
     * @param cancelled asked now and then while it waits
     */
    public ChatEnhancer withCancellation(BooleanSupplier cancelled) {
        return new ChatEnhancer(client.withCancellation(cancelled), task);
    }

    /**
     * The same that translates a prompt and does not expand it.
     *
     * @param language in English, such as that of {@link ModelRules#language}
     */
    public ChatEnhancer translatingTo(String language) {
        return new ChatEnhancer(client, TRANSLATION.formatted(language));
    }

    @Override
    public String enhance(String prompt) {
        String answer;
        try {
            answer = client.ask(task, prompt);
        } catch (ChatException e) {
            throw new PromptEnhancerException(String.valueOf(e.getMessage()), e);
        }
        // Some models put their answer in quotes or on several lines.
        String line = answer.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        String bare = line.length() > 1 && line.startsWith("\"") && line.endsWith("\"")
                ? line.substring(1, line.length() - 1).strip()
                : line;
        if (bare.isEmpty()) {
            throw new PromptEnhancerException(client.endpoint() + " answered with an empty prompt");
        }
        if (bare.length() > MAX_PROMPT) {
            throw new PromptEnhancerException(client.endpoint() + " answered with a prompt of " + bare.length()
                    + " characters; at most " + MAX_PROMPT + " are taken");
        }
        return bare;
    }
}
