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
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import kinema.files.StrictJson;
import org.jspecify.annotations.Nullable;

/**
 * Asks a language model, at any service that speaks OpenAI's chat protocol, on this machine or elsewhere. An answer is
 * bounded in bytes and, from the question to its last byte, in time; who waits for one can be asked to stop. Safe to share
 * between threads.
 */
public final class ChatClient {
    /** How long to wait for an answer. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final int MAX_ANSWER = 1 << 20; // bytes
    private static final int OK = 200;
    private static final int SHOWN = 200;
    private static final int MAX_PORT = 65_535;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Who is asked. */
    private record Service(
            URI endpoint, String model, @Nullable String key) {}

    private final Service service;
    private final HttpClient client;
    private final Duration timeout;
    private final BooleanSupplier cancelled;

    private ChatClient(Service service, HttpClient client, Duration timeout, BooleanSupplier cancelled) {
        this.service = service;
        this.client = client;
        this.timeout = timeout;
        this.cancelled = cancelled;
    }

    /**
     * A client of a service.
     *
     * @param url the service's base, such as {@code http://localhost:8080/v1}, or its whole {@code …/chat/completions}
     * @param model the language model's name there
     * @param key sent as a bearer token; null where the service needs none
     * @throws IllegalArgumentException when the address is none that a request can go to, the name is blank, or the key is
     *     not one word
     */
    public static ChatClient at(String url, String model, @Nullable String key) {
        if (model.isBlank()) {
            throw new IllegalArgumentException("the language model's name must not be empty");
        }
        if (key != null && !key.matches("\\p{Graph}+")) { // the client would show the key in its complaint
            throw new IllegalArgumentException("the service's key must be one word in ASCII, found another text");
        }
        Service service = new Service(endpoint(url), model, key);
        return new ChatClient(service, HttpClient.newHttpClient(), TIMEOUT, () -> false);
    }

    /** The same with another time to wait for a whole answer. */
    public ChatClient withTimeout(Duration other) {
        return new ChatClient(service, client, other, cancelled);
    }

    /** The same that stops waiting when it is asked to; it looks ten times a second. */
    public ChatClient withCancellation(BooleanSupplier asked) {
        return new ChatClient(service, client, timeout, asked);
    }

    /** Where it asks. */
    public URI endpoint() {
        return service.endpoint();
    }

    /**
     * The model's answer.
     *
     * @param system what it is to do
     * @param user what it is asked
     * @throws ChatException when there is none, or one that is no answer
     * @throws CancellationException when it was asked to stop, or the thread was interrupted
     */
    public String ask(String system, String user) {
        return ask(system, user, new byte[0][]);
    }

    /**
     * The answer of a model that sees pictures.
     *
     * @param system what it is to do
     * @param user what it is asked
     * @param pictures PNG files that it is shown after that, in order
     * @throws ChatException as {@link #ask(String, String)}
     * @throws CancellationException as {@link #ask(String, String)}
     */
    public String ask(String system, String user, byte[]... pictures) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(system, user, pictures)));
        if (service.key() != null) {
            request.header("Authorization", "Bearer " + service.key());
        }
        HttpResponse<byte[]> response = send(request.build());
        String text = new String(response.body(), StandardCharsets.UTF_8);
        if (response.statusCode() != OK) {
            throw new ChatException(endpoint() + " answered " + response.statusCode() + ": " + shown(text));
        }
        return content(text);
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
        return "the language model's address must be like http://localhost:8080/v1, found '" + url + "'";
    }

    private String body(String system, String user, byte[]... pictures) {
        ObjectNode root = JSON.createObjectNode();
        root.put("model", service.model());
        ArrayNode messages = root.putArray("messages");
        messages.addObject().put("role", "system").put("content", system);
        ObjectNode asked = messages.addObject().put("role", "user");
        if (pictures.length == 0) {
            asked.put("content", user);
            return root.toString();
        }
        ArrayNode parts = asked.putArray("content");
        parts.addObject().put("type", "text").put("text", user);
        for (byte[] picture : pictures) {
            parts.addObject()
                    .put("type", "image_url")
                    .putObject("image_url")
                    .put("url", "data:image/png;base64," + Base64.getEncoder().encodeToString(picture));
        }
        return root.toString();
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, head -> new BoundedBody(MAX_ANSWER));
        try {
            return await(answer);
        } catch (ExecutionException e) {
            throw new ChatException(
                    endpoint() + " cannot be reached: " + reason(e.getCause())
                            + "; start the service, or correct its address",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for " + endpoint());
        } finally {
            answer.cancel(true);
        }
    }

    private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> answer)
            throws ExecutionException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        for (long left = timeout.toNanos(); left > 0; left = end - System.nanoTime()) {
            if (cancelled.getAsBoolean()) {
                throw new CancellationException("stopped while waiting for " + endpoint());
            }
            try {
                return answer.get(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
            } catch (TimeoutException stillWaiting) {
                // The loop looks again whether it is wanted, and for how long.
            }
        }
        throw new ChatException(endpoint() + " did not answer within " + timeout.toMillis() / 1000.0 + " seconds");
    }

    /** Java's client says of a host that is not there, or does not listen, only what class its exception is of. */
    private static String reason(@Nullable Throwable e) {
        boolean unknown = Stream.iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(UnresolvedAddressException.class::isInstance);
        if (e instanceof IOException && e.getMessage() != null && !unknown) {
            return e.getMessage();
        }
        return unknown ? "unknown host" : e instanceof ConnectException ? "connection refused" : String.valueOf(e);
    }

    private String content(String response) {
        try {
            JsonNode content = StrictJson.parse(response)
                    .path("choices")
                    .path(0)
                    .path("message")
                    .path("content");
            if (content.isTextual()) {
                return content.asText();
            }
        } catch (JsonProcessingException e) {
            throw new ChatException(endpoint() + " did not answer in JSON: " + shown(response), e);
        }
        throw new ChatException(endpoint() + " answered without choices[0].message.content: " + shown(response));
    }

    /** A text on one line, cut where it is long. */
    static String shown(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.isEmpty() ? "(nothing)" : line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }
}
