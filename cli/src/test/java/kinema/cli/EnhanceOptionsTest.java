package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.GenerationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class EnhanceOptionsTest {
    @TempDir
    private Path folder;

    private final List<String> keys = new ArrayList<>();
    private HttpServer server;
    private int status = 200;
    private String words = "a red rocket, told at length";

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                byte[] answer = ("{\"choices\":[{\"message\":{\"content\":\"" + words + "\"}}]}")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void theRewrittenPromptIsUsedPrintedAndRecordedBesideTheWrittenOne() throws IOException {
        Run run = generate("--json", "--enhance", url(), "--enhance-model", "llama");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("provenance").path("prompt").asText()).isEqualTo("a red rocket, told at length");
        assertThat(json.path("provenance").path("original").asText()).isEqualTo("a rocket");
        assertThat(json.path("tokens").asInt()).isPositive();
        assertThat(generate("--enhance", url(), "--enhance-model", "llama").err())
                .contains("prompt a red rocket, told at length" + System.lineSeparator());
        assertThat(generate().err()).doesNotContain("prompt ");
    }

    /** A language model seldom answers twice in the same words. */
    @Test
    void anInterruptedRunGoesOnWithTheWordsItBeganWith() {
        String[] enhanced = {"--enhance", url(), "--enhance-model", "llama", "--steps", "9"};
        Run begun = Run.onceShown("/9, ", Cancellation::request, args(enhanced));
        assertThat(begun.code()).as(begun.err()).isEqualTo(ExitCode.CANCELLED.number());

        words = "a rocket in other words";
        Run rest = generate(enhanced);

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(rest.err()).contains("prompt a red rocket, told at length", "going on after step ");
        assertThat(keys).hasSize(1);
        assertThat(generate(enhanced).err()).contains("prompt a rocket in other words");
    }

    @Test
    void whoBeginsAfreshOrAsksForAnotherRewritingGetsNewWords() {
        String[] enhanced = {"--enhance", url(), "--enhance-model", "llama", "--steps", "9"};
        Run.onceShown("/9, ", Cancellation::request, args(enhanced));
        Path unfinished = folder.resolve("out.mp4.kinema");
        GenerationRequest written = GenerationRequest.of("a rocket").build();
        GenerationRequest changed = GenerationRequest.of("a rockets").build();

        assertThat(parsed("--enhance-model", "llama").begun(written, Stream.of(unfinished)))
                .contains("a red rocket, told at length");
        assertThat(parsed("--enhance-model", "llama").begun(changed, Stream.of(unfinished)))
                .isEmpty();
        assertThat(parsed("--enhance-model", "qwen").begun(written, Stream.of(unfinished)))
                .isEmpty();
        assertThat(parsed("--enhance-model", "llama", "--translate").begun(written, Stream.of(unfinished)))
                .isEmpty();
        words = "a rocket in other words";
        assertThat(generate("--enhance", url(), "--enhance-model", "llama", "--steps", "9", "--fresh")
                        .err())
                .contains("prompt a rocket in other words")
                .doesNotContain("going on");
    }

    @Test
    void aServiceThatRefusesEndsTheCommand() {
        status = 429;
        Run run = generate("--enhance", url(), "--enhance-model", "llama");

        assertThat(run.lastError())
                .startsWith("kinema: the prompt could not be enhanced: " + url() + "/chat/completions answered 429: ")
                .endsWith("; as it is, it can be used without an enhancer");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(folder.resolve("out.mp4")).doesNotExist();
    }

    @Test
    void theKeyComesFromTheEnvironment() {
        apply(Map.of("KINEMA_ENHANCE_KEY", " secret\n"));
        apply(Map.of("KINEMA_ENHANCE_KEY", " "));
        apply(Map.of());
        assertThat(keys).containsExactly("Bearer secret", "null", "null");
    }

    @Test
    void whoStopsTheCommandDoesNotWait() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        assertThatThrownBy(() -> parsed("--enhance", url(), "--enhance-model", "llama")
                        .apply(
                                GenerationRequest.of("a rocket"),
                                Optional.empty(),
                                Optional::empty,
                                Map.of(),
                                cancellation::requested))
                .isInstanceOf(CancellationException.class);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments(
                        "--enhance http://localhost:1/v1",
                        "--enhance and --enhance-model go together; give --enhance-model NAME too"),
                arguments("--enhance-model llama", "--enhance and --enhance-model go together; give --enhance URL too"),
                arguments(
                        "--enhance localhost --enhance-model llama",
                        "the language model's address must be like http://localhost:8080/v1, found 'localhost'"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongOptionsAreNamed(String options, String message) {
        Run run = generate(options.split(" "));

        assertThat(run.err()).isEqualTo("kinema: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void nobodyIsAskedAboutARequestThatCannotWork() {
        Run run = generate("--steps", "0", "--enhance", url(), "--enhance-model", "llama");

        assertThat(run.lastError()).isEqualTo("kinema: steps must be at least 1, found 0");
        assertThat(keys).isEmpty();
    }

    @Test
    void aPromptIsTranslatedForAModelOfAnotherLanguage() {
        GenerationRequest.Builder request = GenerationRequest.of("a rocket");
        parsed("--enhance", url(), "--enhance-model", "llama", "--translate")
                .apply(request, Optional.empty(), () -> Optional.of("simplified Chinese"), Map.of(), () -> false);
        assertThat(request.build().original()).contains("a rocket");
        assertThatThrownBy(() -> parsed("--enhance", url(), "--enhance-model", "llama", "--translate")
                        .apply(request, Optional.empty(), Optional::empty, Map.of(), () -> false))
                .hasMessage("this model reads English; leave --translate out");
        assertThatThrownBy(() ->
                        parsed("--translate").apply(request, Optional.empty(), Optional::empty, Map.of(), () -> false))
                .hasMessage("--translate needs a service that translates; give --enhance URL and --enhance-model NAME");
    }

    @Test
    void withoutTheOptionsNothingIsAsked() {
        GenerationRequest.Builder request = GenerationRequest.of("a rocket");
        new EnhanceOptions()
                .apply(request, Optional.empty(), Optional::empty, Map.of("KINEMA_ENHANCE_KEY", "secret"), () -> false);
        assertThat(request.build().original()).isEmpty();
        assertThatThrownBy(() -> parsed("--enhance", url())
                        .apply(request, Optional.empty(), Optional::empty, Map.of(), () -> false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(keys).isEmpty();
    }

    private void apply(Map<String, String> environment) {
        parsed("--enhance", url(), "--enhance-model", "llama")
                .apply(GenerationRequest.of("a rocket"), Optional.empty(), Optional::empty, environment, () -> false);
    }

    private static EnhanceOptions parsed(String... args) {
        return CommandLine.populateCommand(new EnhanceOptions(), args);
    }

    private Run generate(String... options) {
        return Run.kinema(args(options));
    }

    private String[] args(String... options) {
        List<String> args = new ArrayList<>(List.of("generate", "a rocket", "--model", "../models/kinema-tiny"));
        args.addAll(List.of("--out", folder.resolve("out.mp4").toString(), "--threads", "1"));
        if (!List.of(options).contains("--steps")) {
            args.addAll(List.of("--steps", "1"));
        }
        args.addAll(List.of("--frames", "1", "--size", "32x32"));
        args.addAll(List.of(options));
        return args.toArray(String[]::new);
    }

    private String url() {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort();
    }
}
