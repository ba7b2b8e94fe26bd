package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
    private static final List<String> WORK = List.of(
            "product fp32",
            "product bf16",
            "product int8",
            "convolution fp32",
            "convolution bf16",
            "attention fp32",
            "attention bf16",
            "reading memory");

    @Test
    void everyKindOfWorkIsDoneInOneWay() throws IOException {
        Run run = Run.kinema("bench", "--json", "--threads", "1");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode found = new ObjectMapper().readTree(run.out());
        assertThat(found.path("threads").asInt()).isEqualTo(1);
        assertThat(rates(found).map(rate -> rate.path("per_second").asLong())).allMatch(rate -> rate > 1_000_000);
        for (String work : WORK) {
            assertThat(rates(found)
                            .filter(rate -> rate.path("work").asText().equals(work)
                                    && rate.path("taken").asBoolean()))
                    .as(work)
                    .hasSize(1);
        }
    }

    @Test
    void peopleSeeATable() {
        Run run = Run.kinema("bench", "--threads", "1");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("threads: 1")
                .containsPattern("product fp32 +libtorch +\\d+ GFLOPS +[01]\\.\\d\\d")
                .containsPattern("reading memory +a sum +\\d+\\.\\d GB/s +taken");
        assertThat(run.out().lines().filter(line -> line.endsWith("  taken"))).hasSize(WORK.size());
    }

    @Test
    void threadsThatCannotBeAreRefused() {
        assertThat(Run.kinema("bench", "--threads", "0").lastError()).endsWith("--threads must be at least 1, found 0");
    }

    private static Stream<JsonNode> rates(JsonNode found) {
        return StreamSupport.stream(found.path("rates").spliterator(), false);
    }
}
