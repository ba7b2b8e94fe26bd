package kinema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has a language model rewrite prompts, at any service that speaks OpenAI's chat protocol, on this machine or elsewhere.
 * The only part of Kinema that uses a network, and only where a program makes one. Safe to share between threads.
 */
public final class ChatEnhancer implements PromptEnhancer {
    /** How long to wait for an answer. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final String TASK = "Rewrite the user's request for a short video as one paragraph in English that a"
            + " camera could have filmed: subjects and how they look, what they do from beginning to end, place, light,"
            + " camera. Keep everything the user asks for, add no speech and no text to read. At most 120 words. Answer"
            + " with the paragraph alone.";

    private static final int OK = 200;
    private static final int SHOWN = 200;
    private static final int MAX_PORT = 65_535;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client;
    private final URI endpoint;
    private final String model;
    private final @Nullable String key;
    private final Duration timeout;

    private ChatEnhancer(URI endpoint, String model, @Nullable String key, Duration timeout) {
        this.endpoint = endpoint;
        this.model = model;
        this.key = key;
        this.timeout = timeout;
        client = HttpClient.newBuilder().connectTimeout(timeout).build();
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
        return at(url, model, key, TIMEOUT);
    }

    /** As {@link #at(String, String, String)}, with another time to wait for an answer. */
    public static ChatEnhancer at(String url, String model, @Nullable String key, Duration timeout) {
        if (model.isBlank()) {
            throw new IllegalArgumentException("the language model's name must not be empty");
        }
        if (key != null && !key.matches("\\p{Graph}+")) { // the client would show the key in its complaint
            throw new IllegalArgumentException(
                    "the prompt enhancer's key must be one word in ASCII, found another text");
        }
        return new ChatEnhancer(endpoint(url), model, key, timeout);
    }

    @Override
    public String enhance(String prompt) {
        String answer = content(ask(body(prompt)));
        // Some models put their answer in quotes or on several lines.
        String line = answer.strip().replaceAll("\\s+", " ");
        String bare = line.length() > 1 && line.startsWith("\"") && line.endsWith("\"")
                ? line.substring(1, line.length() - 1).strip()
                : line;
        if (bare.isEmpty()) {
            throw new PromptEnhancerException(endpoint + " answered with an empty prompt");
        }
        return bare;
    }

    private static URI endpoint(String url) {
        String whole = url.endsWith("/chat/completions") ? url : url.replaceAll("/+$", "") + "/chat/completions";
        try {
            URI uri = URI.create(whole);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            boolean web = scheme.equals("http") || scheme.equals("https");
            if (web && uri.getHost() != null && uri.getPort() <= MAX_PORT) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(notAnAddress(url), e);
        }
        throw new IllegalArgumentException(notAnAddress(url));
    }

    private static String notAnAddress(String url) {
        return "the prompt enhancer's address must be like http://localhost:8080/v1, found '" + url + "'";
    }

    private String body(String prompt) {
        ObjectNode root = JSON.createObjectNode();
        root.put("model", model);
        ArrayNode messages = root.putArray("messages");
        messages.addObject().put("role", "system").put("content", TASK);
        messages.addObject().put("role", "user").put("content", prompt);
        return root.toString();
    }

    private String ask(String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        HttpResponse<String> response = send(request.build());
        if (response.statusCode() != OK) {
            throw new PromptEnhancerException(
                    endpoint + " answered " + response.statusCode() + ": " + shown(response.body()));
        }
        return response.body();
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (HttpTimeoutException e) {
            throw new PromptEnhancerException(
                    endpoint + " did not answer within " + timeout.toMillis() / 1000.0 + " seconds", e);
        } catch (IOException e) {
            throw new PromptEnhancerException(
                    endpoint + " cannot be reached: " + reason(e) + "; start the service, or correct its address", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for " + endpoint);
        }
    }

    /** Java's client says of a host that is not there, or does not listen, only what class its exception is of. */
    private static String reason(IOException e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        boolean unknown = Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(UnresolvedAddressException.class::isInstance);
        return unknown ? "unknown host" : e instanceof ConnectException ? "connection refused" : e.toString();
    }

    private String content(String response) {
        try {
            JsonNode content = JSON.readTree(response)
                    .path("choices")
                    .path(0)
                    .path("message")
                    .path("content");
            if (content.isTextual()) {
                return content.asText();
            }
        } catch (JsonProcessingException e) {
            throw new PromptEnhancerException(endpoint + " did not answer in JSON: " + shown(response), e);
        }
        throw new PromptEnhancerException(
                endpoint + " answered without choices[0].message.content: " + shown(response));
    }

    private static String shown(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.isEmpty() ? "(nothing)" : line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }
}
