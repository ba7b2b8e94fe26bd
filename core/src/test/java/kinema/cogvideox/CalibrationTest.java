package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import kinema.FrameCollector;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Outcome;
import kinema.VideoModel;
import kinema.cogvideox.files.CalibrationFile;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Polynomial;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Timesteps;
import kinema.system.OpenOptions;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.LoraFile;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is measured of a checkpoint, how it is kept beside it, and who may go by it. */
class CalibrationTest {
    private static final String CASE = "lora-5b";
    private static final String DIGEST = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder;

    @BeforeEach
    void oneThread() {
        Kinema.setThreads(1); // small work
    }

    private static CalibrationFile calibration(List<Integer> timesteps, List<Double> ratios) {
        return new CalibrationFile(
                DIGEST,
                SchedulerType.DDIM,
                2,
                timesteps,
                ratios,
                new Polynomial(List.of(1.0, -0.5, 1e-9, 1234.5678, 0.0)));
    }

    @Test
    void itIsReadAsItWasWritten() throws IOException {
        CalibrationFile written = calibration(List.of(999, 500, 0), List.of(1.0, 0.9, 0.123456));

        assertThat(CalibrationFile.find(folder, SchedulerType.DDIM)).isEmpty();
        assertThat(written.write(folder)).isEqualTo(folder.resolve("calibration-ddim.json"));
        assertThat(CalibrationFile.find(folder, SchedulerType.DDIM)).contains(written);
        assertThat(CalibrationFile.find(folder, SchedulerType.DDIM)
                        .orElseThrow()
                        .digest())
                .matches("[0-9a-f]{12}")
                .isEqualTo(written.digest())
                .isNotEqualTo(calibration(List.of(999, 500, 1), List.of(1.0, 0.9, 0.123456))
                        .digest());
        assertThat(CalibrationFile.find(folder, SchedulerType.DPM)).isEmpty();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).hasSize(1);
        }
    }

    static Stream<Arguments> damaged() {
        return Stream.of(
                arguments("\"steps\" : 3", "\"steps\" : 4", "'steps' must be the number of timesteps, 3, found 4"),
                arguments("\"ddim\"", "\"dpm\"", "'scheduler' must be ddim, found dpm"),
                arguments("v_prediction", "epsilon", "'prediction' must be v_prediction, found epsilon"),
                arguments("999, 500", "500, 500", "'timesteps' must fall from one to the next, found 500 before 500"),
                arguments("999, 500", "500", "'timesteps' and 'ratios' must be as many, at least 2, found 2 and 3"),
                arguments("999, 500", "99999999999, 500", "integer overflow"),
                arguments("0.9", "0", "'ratios' must be above 0, found 0.0"),
                arguments("0.9", "\"0.9\"", "'ratios' must be a list of finite numbers, found [1.0,\"0.9\""),
                arguments("0.9", "1e999", "'ratios' must be a list of finite numbers"),
                arguments("-0.5, ", "", "'polynomial' must have 5 coefficients, found 4"),
                arguments(DIGEST, "abc", "'transformer' must be a digest of 64 hexadecimal digits, found 'abc'"),
                arguments("\"prompts\" : 2", "\"prompts\" : 0", "'prompts' must be a whole number from 1"),
                arguments("\"prompts\" : 2,", "", "has no prompts; 'kinema calibrate' makes it anew"),
                arguments("\"prompts\" : 2", "\"prompts\" : 2, \"gain\" : 1", "'gain' is no key of a calibration"),
                arguments("\"prompts\" : 2", "\"prompts\" : 2, \"prompts\" : 2", "not valid JSON: Duplicate"));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void whatItShouldNotSayIsRefusedWithItsName(String from, String to, String message) throws IOException {
        Path file = calibration(List.of(999, 500, 0), List.of(1.0, 0.9, 0.8)).write(folder);
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));

        assertThatThrownBy(() -> CalibrationFile.find(folder, SchedulerType.DDIM))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void aStepHasTheRatioOfTheNearestTimestepButTheFirst() {
        CalibrationFile measured = calibration(List.of(999, 749, 499, 249), List.of(1.0, 0.9, 0.8, 0.7));
        NoiseSchedule schedule = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);

        assertThat(measured.ratiosAt(new Timesteps(schedule, Spacing.TRAILING, 0, 4, false))
                        .subList(1, 4))
                .containsExactly(0.9, 0.8, 0.7);
        assertThat(measured.ratiosAt(new Timesteps(schedule, Spacing.TRAILING, 0, 8, false))
                        .subList(1, 8))
                .containsExactly(0.9, 0.9, 0.9, 0.8, 0.8, 0.7, 0.7);
        assertThat(measured.ratiosAt(Timesteps.of(schedule, List.of(600, 30)))).containsExactly(0.8, 0.7);
    }

    /** What stands in its repository is known for these networks alone. */
    @Test
    void teaIsPublishedForPublishedNetworks() {
        assertThat(CogVideoXDescription.PUBLISHED.keySet()).containsAll(Caching.PUBLISHED.keySet());
        assertThat(CogVideoXDescription.published(TransformerConfig.COGVIDEOX_2B))
                .contains("CogVideoX-2b");
        assertThat(CogVideoXDescription.published(TransformerConfig.tiny(true))).isEmpty();
        assertThat(Caching.PUBLISHED.values())
                .allSatisfy(polynomial -> assertThat(polynomial.coefficients()).hasSize(Polynomial.POINTS));
    }

    @Test
    void aModelIsMeasuredAndGoesByIt() throws IOException {
        Golden.model(CASE, folder);
        try (VideoModel model = open(OpenOptions.DEFAULT)) {
            assertThatThrownBy(
                            () -> model.prepare(request(9).set("cache", "mag").build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'kinema calibrate " + folder + " --scheduler ddim' makes it");
            assertThatThrownBy(() -> calibrate(model, request(5).build()))
                    .hasMessage(
                            "a calibration needs at least 6 steps, found 5; leave them to the model, or ask for more");
            assertThatThrownBy(() -> calibrate(model))
                    .hasMessage("a calibration needs at least one prompt, found none");
            assertThatThrownBy(() ->
                            calibrate(model, request(9).build(), request(8).build()))
                    .hasMessageStartingWith("all runs of a calibration must have the same timesteps, found [");

            Path file = calibrate(model, request(9).build(), request(9).seed(2).build());
            CalibrationFile measured =
                    CalibrationFile.find(folder, SchedulerType.DDIM).orElseThrow();
            assertThat(file).isEqualTo(folder.resolve("calibration-ddim.json"));
            assertThat(measured.prompts()).isEqualTo(2);
            assertThat(measured.timesteps()).hasSize(9);
            byte[] first = Files.readAllBytes(file);
            long before = LivePointers.settled();
            calibrate(model, request(9).build(), request(9).seed(2).build());
            assertThat(LivePointers.now()).isEqualTo(before);
            assertThat(Files.readAllBytes(file)).isEqualTo(first);

            Outcome made = model.generate(
                    request(9).set("cache", "mag:9").build(), GenerationListener.NONE, new FrameCollector());
            assertThat(made.estimates().orElseThrow().estimated()).isGreaterThan(3);
            assertThat(made.provenance().sampling().settings().values())
                    .containsEntry("calibration", measured.digest());
        }
    }

    @Test
    void anothersCalibrationIsRefused() throws IOException {
        Golden.model(CASE, folder);
        List<Integer> timesteps = List.of(999, 500, 0);
        calibration(timesteps, Collections.nCopies(3, 1.0)).write(folder);
        try (VideoModel model = open(OpenOptions.DEFAULT)) {
            for (String way : List.of("mag", "tea")) {
                assertThatThrownBy(
                                () -> model.prepare(request(9).set("cache", way).build()))
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContaining(
                                "was measured with another transformer (digest 0123456789ab, the model's is ")
                        .hasMessageEndingWith("'kinema calibrate " + folder + " --scheduler ddim' makes it anew");
            }
            assertThat(model.prepare(request(9).set("cache", "extrapolate").build())
                            .plan()
                            .refusal())
                    .isEmpty();
        }
    }

    @Test
    void onlyACheckpointAloneIsMeasured() throws IOException {
        Golden.model(CASE, folder);
        LoraFile lora = new LoraFile(Golden.folder(CASE).resolve("pytorch_lora_weights.safetensors"), 1);
        try (VideoModel model = open(OpenOptions.DEFAULT.withLoras(List.of(lora)))) {
            assertThatThrownBy(() -> calibrate(model, request(9).build()))
                    .hasMessage("a calibration is of a checkpoint alone; open it without LoRAs");
        }
        Path draft = Golden.folder("draft").resolve("taecvx.safetensors");
        try (VideoModel model = open(OpenOptions.DEFAULT.withDraftDecoder(draft))) {
            assertThat(calibrate(model, request(9).build())).exists(); // no part of its steps
        }
    }

    private VideoModel open(OpenOptions options) {
        return Kinema.open(new CogVideoX(), folder, options);
    }

    private static Path calibrate(VideoModel model, GenerationRequest... requests) throws IOException {
        return model.calibrate(List.of(requests), GenerationListener.NONE);
    }

    private static GenerationRequest.Builder request(int steps) {
        return GenerationRequest.of("a boat")
                .size(32, 16)
                .frames(9)
                .steps(steps)
                .seed(1)
                .scheduler(SchedulerType.DDIM);
    }
}
