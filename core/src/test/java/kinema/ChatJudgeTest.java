package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server in this process. */
class ChatJudgeTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HttpServer server;
    private String said = "";
    private JsonNode asked;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void showsFramesFromFirstToLast() throws IOException {
        said = "80";
        assertThat(judge().agreement("a lamp goes on", video(10))).isCloseTo(0.8, within(1e-9));

        JsonNode parts = asked.path("messages").path(1).path("content");
        assertThat(parts.path(0).path("text").asText()).isEqualTo("Asked for: a lamp goes on");
        int[] gray = IntStream.range(1, parts.size())
                .map(i -> gray(parts.path(i).path("image_url").path("url").asText()))
                .toArray();
        assertThat(gray).containsExactly(0, 30, 60, 90);
    }

    @Test
    void aVideoOfFewFramesIsShownWhole() {
        said = "80";
        assertThat(judge().agreement("x", video(1))).isCloseTo(0.8, within(1e-9));
        assertThat(asked.path("messages").path(1).path("content")).hasSize(1 + 1);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "100, 1", "Score: 85/100, 0.85", "'**72.5**', 0.725", "<think>4 frames</think> 90 %, 0.9"})
    void aNumberIsFoundInTheAnswer(String answer, double agreement) {
        said = answer;
        assertThat(judge().agreement("x", video(2))).isCloseTo(agreement, within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"very well", "", "101", "1000 points", "-5", "8/10", "All 4 frames show it: 85"})
    void anAnswerWithoutSuchANumberIsRefused(String answer) {
        said = answer;
        assertThatThrownBy(() -> judge().agreement("x", video(2)))
                .isInstanceOf(VideoJudgeException.class)
                .hasMessageContaining("was to answer with one number from 0 to 100, and answered: ");
    }

    @Test
    void aServiceThatIsNotThereIsNamed() {
        server.stop(0);
        assertThatThrownBy(() -> judge().agreement("x", video(2)))
                .isInstanceOf(VideoJudgeException.class)
                .hasMessageContaining("cannot be reached");
    }

    private ChatJudge judge() {
        return ChatJudge.at("http://127.0.0.1:" + server.getAddress().getPort() + "/v1", "eyes", null);
    }

    /** Frame t is gray of 10·t. */
    private static Video video(int frames) {
        List<byte[]> pictures = IntStream.range(0, frames)
                .mapToObj(t -> {
                    byte[] picture = new byte[3 * 16 * 16];
                    Arrays.fill(picture, (byte) (10 * t));
                    return picture;
                })
                .toList();
        return new Video(16, 16, 8, pictures);
    }

    private static int gray(String url) {
        try {
            String start = "data:image/png;base64,";
            assertThat(url).startsWith(start);
            byte[] png = Base64.getDecoder().decode(url.substring(start.length()));
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
            return picture.getRGB(3, 3) & 0xff;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked = JSON.readTree(exchange.getRequestBody());
        byte[] body = JSON.writeValueAsString(JSON.createObjectNode()
                        .set(
                                "choices",
                                JSON.createArrayNode()
                                        .add(JSON.createObjectNode()
                                                .set(
                                                        "message",
                                                        JSON.createObjectNode().put("content", said)))))
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
