package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import kinema.testing.Golden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kinema generate --best-of} with a small random checkpoint and a judge in this process. */
class BestOfTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private HttpServer server;
    private final Deque<String> answers = new ArrayDeque<>();

    @BeforeEach
    void serve() throws IOException {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] body = ("{\"choices\":[{\"message\":{\"content\":\"" + answers.remove() + "\"}}]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void theBestDraftsSeedIsMadeInFull() {
        answers.addAll(List.of("10", "90", "50"));
        Path best = folder.resolve("best.gif");
        Run run = generate(best, "--seed", "5", "--best-of", "3", "--judge", url(), "--judge-model", "eyes");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains(
                        "draft 1 of 3, seed 5: 10 %",
                        "draft 2 of 3, seed 6: 90 %", "draft 3 of 3, seed 7: 50 %", "seed 6");
        Path plain = folder.resolve("plain.gif");
        assertThat(generate(plain, "--seed", "6").code()).isZero();
        assertThat(best).hasSameBinaryContentAs(plain);
    }

    @Test
    void draftsAreDecodedByTheDraftDecoderAndTheVideoIsNot() throws IOException {
        Path part = Files.createDirectory(model.resolve("draft_decoder"));
        Files.copy(Golden.folder("draft").resolve("taecvx.safetensors"), part.resolve("taecvx.safetensors"));
        answers.addAll(List.of("10", "90"));
        Path best = folder.resolve("best.gif");
        Run run = generate(best, "--seed", "5", "--best-of", "2", "--judge", url(), "--judge-model", "eyes");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .containsOnlyOnce("draft 2 of 2, seed 6: 90 %")
                .contains("the pictures are drafts")
                .doesNotContain(", a draft");
        Path plain = folder.resolve("plain.gif");
        assertThat(generate(plain, "--seed", "6").code()).isZero();
        assertThat(best).hasSameBinaryContentAs(plain);

        answers.addAll(List.of("10", "90"));
        Path tiled = folder.resolve("tiled.gif");
        Run pieces = generate(
                tiled, "--seed", "5", "--tile", "64x64", "--best-of", "2", "--judge", url(), "--judge-model", "eyes");
        assertThat(pieces.code()).as("pieces are the VAE's: " + pieces.err()).isZero();
        Path plainTiled = folder.resolve("plain-tiled.gif");
        assertThat(generate(plainTiled, "--seed", "6", "--tile", "64x64").code())
                .isZero();
        assertThat(tiled).hasSameBinaryContentAs(plainTiled);
    }

    /** Of a video that was begun in full the drafts are not made again; of seeds that are not asked for nothing is gone on with. */
    @Test
    void whatWasBegunIsGoneOnWith() {
        Path out = folder.resolve("best.gif");
        String[] six = command(out, "--seed", "6", "--steps", "40", "--threads", "1");
        assertThat(Run.onceShown("/40, ", Cancellation::request, six).code()).isEqualTo(130);

        answers.addAll(List.of("10", "20"));
        Run others = generate(
                out, "--seed", "1", "--steps", "40", "--best-of", "2", "--judge", url(), "--judge-model", "eyes");
        assertThat(others.code()).isNotZero();
        assertThat(others.err()).contains("draft 2 of 2, seed 2: 20 %", "holds the unfinished run of another request");

        Run same = generate(
                out, "--seed", "5", "--steps", "40", "--best-of", "2", "--judge", url(), "--judge-model", "eyes");
        assertThat(same.code()).as(same.err()).isZero();
        assertThat(same.err())
                .contains("no drafts: going on with seed 6", "going on after step ")
                .doesNotContain("draft 1");
    }

    @Test
    void aJudgeThatSaysNothingEndsIt() {
        answers.addAll(List.of("lovely"));
        Path out = folder.resolve("best.gif");
        Run run = generate(out, "--seed", "5", "--best-of", "2", "--judge", url(), "--judge-model", "eyes");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(run.err())
                .contains(
                        "the drafts could not be judged: ",
                        "was to answer with one number from 0 to 100, and answered: lovely");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatCannotWorkIsRefusedBeforeAnythingIsMade() {
        refused("--best-of must be at least 2, found 1", "--best-of", "1");
        refused(
                "--judge and --judge-model go together; give --judge-model NAME too",
                "--best-of",
                "2",
                "--judge",
                url());
        refused("--judge chooses among drafts; say how many with --best-of", "--judge", url(), "--judge-model", "eyes");
        refused(
                "--best-of makes one video of one prompt; it goes neither with --count",
                "--best-of",
                "2",
                "--count",
                "1");
        refused("this model is none of the rendered world", "--best-of", "2");
        refused(
                "the language model's address must be like",
                "--best-of",
                "2",
                "--judge",
                "here",
                "--judge-model",
                "eyes");
    }

    /** The bundled judge of the bundled model, before the model is opened. */
    @Test
    void aPromptThatNamesNothingOfTheWorldHasNoJudge() {
        Run run = Run.kinema("generate", "silence", "--best-of", "2", "--model", "../models/kinema-tiny");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains("the prompt names none that it knows");
    }

    private void refused(String message, String... options) {
        Run run = generate(folder.resolve("no.gif"), options);
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains(message);
    }

    private Run generate(Path out, String... options) {
        return Run.kinema(command(out, options));
    }

    private String[] command(Path out, String... options) {
        Stream<String> steps = List.of(options).contains("--steps") ? Stream.of() : Stream.of("--steps", "2");
        Stream<String> given = Stream.of("generate", "a bird", "--model", model.toString(), "--out", out.toString());
        return Stream.of(given, steps, Arrays.stream(options))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }
}
