package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    private static final String HOME = "kinema.home";

    @AfterEach
    void clearHome() {
        System.clearProperty(HOME);
    }

    @Test
    void tellsWhatIsUsed() {
        System.setProperty(HOME, "..");

        Run run = Run.kinema("doctor");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out())
                .contains("java        " + System.getProperty("java.version"), "model       ../models/kinema-tiny")
                .containsPattern("libtorch    2\\.\\d+\\.\\d+, kernels for ")
                .containsPattern("processor   \\d+ processors")
                .containsPattern("libraries   .* free, .* of native libraries unpacked")
                .containsPattern("chosen      \\d+ threads on cpu, in (fp32|bf16)")
                .doesNotContain("problem");
    }

    @Test
    void programsAreToldTheSameInOneObject() throws IOException {
        System.setProperty(HOME, "nowhere");

        Run run = Run.kinema("doctor", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILURE.number());
        assertThat(run.out().lines()).hasSize(1);
        JsonNode machine = new ObjectMapper().readTree(run.out());
        assertThat(machine.path("java").asText()).startsWith(System.getProperty("java.version"));
        assertThat(machine.path("chosen").asText()).contains(" threads on cpu");
        assertThat(machine.path("problems").get(0).asText())
                .isEqualTo("the bundled model is not at nowhere/models/kinema-tiny; get a complete copy of Kinema");
    }

    @Test
    void whatIsMissingIsAProblem() {
        System.setProperty(HOME, "nowhere");

        Run run = Run.kinema("doctor");

        assertThat(run.code()).isEqualTo(ExitCode.FAILURE.number());
        assertThat(run.out())
                .contains(
                        "problem     the bundled model is not at nowhere/models/kinema-tiny; get a complete copy of Kinema");
    }
}
