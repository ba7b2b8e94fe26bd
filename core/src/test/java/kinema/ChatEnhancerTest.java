package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server in this process. */
class ChatEnhancerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CountDownLatch ended = new CountDownLatch(1);
    private HttpServer server;
    private int status = 200;
    private String answer = "";
    private boolean silent;
    private boolean drips;
    private boolean floods;
    private JsonNode asked;
    private String authorization;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        ended.countDown();
        server.stop(0);
    }

    @Test
    void asksTheModelAndTakesItsAnswer() {
        answer = content("A red rocket rises slowly.");

        String enhanced = ChatEnhancer.at(url(), "llama", "secret").enhance("a rocket");

        assertThat(enhanced).isEqualTo("A red rocket rises slowly.");
        assertThat(asked.path("model").asText()).isEqualTo("llama");
        assertThat(asked.path("messages").path(0).path("role").asText()).isEqualTo("system");
        assertThat(asked.path("messages").path(1).path("content").asText()).isEqualTo("a rocket");
        assertThat(authorization).isEqualTo("Bearer secret");
    }

    @Test
    void tenThousandCharactersAreTakenAndNoMore() {
        answer = content("a".repeat(10_000));
        assertThat(ChatEnhancer.at(url(), "llama", null).enhance("a rocket")).hasSize(10_000);
        answer = content("a".repeat(10_001));
        assertThatThrownBy(() -> ChatEnhancer.at(url(), "llama", null).enhance("a rocket"))
                .hasMessageContaining("a prompt of 10001 characters; at most 10000 are taken");
    }

    @Test
    void theWholeAddressIsTakenTooAndWithoutAKeyNoneIsSent() {
        answer = content(" \"A red rocket\\nrises.\" \\n");

        String enhanced =
                ChatEnhancer.at(url() + "/chat/completions", "llama", null).enhance("a rocket");

        assertThat(enhanced).isEqualTo("A red rocket rises.");
        assertThat(authorization).isNull();
    }

    @Test
    void theWrittenPromptIsKeptBesideTheNewOne() {
        answer = content("long");
        GenerationRequest request = GenerationRequest.of("short")
                .enhance(ChatEnhancer.at(url(), "llama", null))
                .build();
        assertThat(request.prompt()).isEqualTo("long");
        assertThat(request.original()).contains("short");
        assertThat(GenerationRequest.of("a")
                        .enhance(p -> p + "b")
                        .enhance(p -> p + "c")
                        .build())
                .extracting(GenerationRequest::prompt, r -> r.original().orElseThrow())
                .containsExactly("abc", "a");
    }

    @Test
    void aPromptIsTranslatedIntoTheLanguageThatAModelReads() {
        answer = content("狮子在喝水");
        ChatEnhancer translator = ChatEnhancer.at(url(), "llama", null).translatingTo("simplified Chinese");

        GenerationRequest request = GenerationRequest.of("a lion is drinking water")
                .enhance(translator)
                .build();

        assertThat(request.prompt()).isEqualTo("狮子在喝水");
        assertThat(request.original()).contains("a lion is drinking water");
        assertThat(asked.path("messages").path(0).path("content").asText())
                .startsWith("Translate the user's description of a video into simplified Chinese, ");
        assertThat(asked.path("messages").path(1).path("content").asText()).isEqualTo("a lion is drinking water");
    }

    @Test
    void answersThatAreNoPromptAreRefused() {
        status = 401;
        answer = "{\"error\": \"invalid key\"}";
        assertRefused("answered 401: {\"error\": \"invalid key\"}");
        status = 500;
        answer = "";
        assertRefused("answered 500: (nothing)");
        status = 200;
        answer = "<html>a proxy's page</html>";
        assertRefused("did not answer in JSON: <html>a proxy's page</html>");
        answer = "{\"choices\": []}";
        assertRefused("answered without choices[0].message.content: {\"choices\": []}");
        answer = "{\"choices\": [{\"message\": {\"content\": null}}]}";
        assertRefused("answered without choices[0].message.content");
        answer = content(" \\n ");
        assertRefused("answered with an empty prompt");
        answer = "x".repeat(1000);
        assertRefused("did not answer in JSON: " + "x".repeat(200) + "…");
    }

    @Test
    void aServiceThatIsSilentIsNotWaitedForLong() {
        silent = true;
        ChatEnhancer enhancer = ChatEnhancer.at(url(), "llama", null).withTimeout(Duration.ofMillis(200));
        assertThatThrownBy(() -> enhancer.enhance("a rocket"))
                .isInstanceOf(PromptEnhancerException.class)
                .hasMessage(url() + "/chat/completions did not answer within 0.2 seconds");
    }

    @Test
    void anAnswerThatDripsIsBoundedInTimeAsAWhole() {
        drips = true;
        ChatEnhancer enhancer = ChatEnhancer.at(url(), "llama", null).withTimeout(Duration.ofMillis(500));
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> enhancer.enhance("a rocket"))
                        .isInstanceOf(PromptEnhancerException.class)
                        .hasMessage(url() + "/chat/completions did not answer within 0.5 seconds"));
    }

    @Test
    void anAnswerThatDoesNotEndIsBoundedInBytes() {
        floods = true;
        assertRefused("cannot be reached: its answer has more than 1048576 bytes");
    }

    @Test
    void whoWaitsCanBeStopped() {
        silent = true;
        AtomicInteger looks = new AtomicInteger();
        ChatEnhancer enhancer =
                ChatEnhancer.at(url(), "llama", null).withCancellation(() -> looks.incrementAndGet() > 2);
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> enhancer.enhance("a rocket"))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("stopped while waiting for " + url() + "/chat/completions"));
    }

    @Test
    void controlCharactersAreNoPartOfAPrompt() {
        answer = content("A red\\u001b[2J rocket\\u0000rises.");
        assertThat(ChatEnhancer.at(url(), "llama", null).enhance("a rocket")).isEqualTo("A red [2J rocket rises.");
        answer = content("long ".repeat(3000));
        assertRefused("answered with a prompt of 14999 characters; at most 10000 are taken");
    }

    @Test
    void aServiceThatIsNotThereIsNamed() {
        String url = url();
        server.stop(0);
        assertThatThrownBy(() -> ChatEnhancer.at(url, "llama", null).enhance("a rocket"))
                .isInstanceOf(PromptEnhancerException.class)
                .hasMessage(url + "/chat/completions cannot be reached: connection refused; start the service, or"
                        + " correct its address");
        assertThatThrownBy(() -> ChatEnhancer.at("http://nowhere.invalid/v1", "llama", null)
                        .enhance("a rocket"))
                .hasMessage("http://nowhere.invalid/v1/chat/completions cannot be reached: unknown host; start the"
                        + " service, or correct its address");
    }

    @Test
    void aKeyThatCannotBeSentIsRefusedAndNotShown() {
        for (String key : new String[] {"", "two words", "a\nline", "schlüssel"}) {
            assertThatThrownBy(() -> ChatEnhancer.at(url(), "llama", key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the service's key must be one word in ASCII, found another text");
        }
    }

    @Test
    void addressesThatAreNoneAreRefused() {
        for (String url :
                new String[] {"", "localhost", "ftp://host/v1", "http://", "http://a b/", "http://a:99999/", "file:/tmp"
                }) {
            assertThatThrownBy(() -> ChatEnhancer.at(url, "llama", null))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "the language model's address must be like http://localhost:8080/v1, found '" + url + "'");
        }
        assertThatThrownBy(() -> ChatEnhancer.at(url(), " ", null))
                .hasMessage("the language model's name must not be empty");
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> ChatEnhancer.at(url(), "llama", null).enhance("a rocket"))
                .isInstanceOf(PromptEnhancerException.class)
                .hasMessageStartingWith(url() + "/chat/completions " + message);
    }

    private String url() {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort() + "/v1";
    }

    private static String content(String text) {
        return "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"" + text.replace("\"", "\\\"")
                + "\"}}]}";
    }

    /** Sends blanks until nobody listens: one every 50 ms, or as many as go through. */
    private void stream(HttpExchange exchange) throws IOException, InterruptedException {
        exchange.sendResponseHeaders(200, 0);
        byte[] part = " ".repeat(floods ? 1 << 16 : 1).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 200 && !ended.await(floods ? 0 : 50, TimeUnit.MILLISECONDS); i++) {
            exchange.getResponseBody().write(part);
            exchange.getResponseBody().flush();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked = JSON.readTree(exchange.getRequestBody());
            authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (silent) {
                ended.await(10, TimeUnit.SECONDS);
                return;
            }
            if (drips || floods) {
                stream(exchange);
                return;
            }
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
