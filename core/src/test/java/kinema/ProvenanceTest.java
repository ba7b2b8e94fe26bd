package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import kinema.diffusion.SchedulerType;
import kinema.tensor.Devices;
import kinema.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a provenance's text back to the request. */
class ProvenanceTest {
    private static final String SMALLEST =
            "{'model':'m','engine':'e','weightsDigest':'0','prompt':'a','negative':'','seed':1,'scheduler':'ddim','steps':2,'guidance':6,"
                    + "'width':32,'height':16,'frames':1,'fps':8}";

    @Test
    void theRequestOfAProvenanceHasTheSameProvenance(@TempDir Path folder) {
        Golden.model("t2v-2b", folder);
        GenerationRequest request = GenerationRequest.of("ein Vögel \"鸟\"")
                .negative("rain\nand snow")
                .seed(-3)
                .steps(3)
                .guidance(2.5)
                .dynamicGuidance(true)
                .size(32, 16)
                .frames(1)
                .scheduler(SchedulerType.DPM)
                .fps(12.5)
                .compat(true)
                .tile(32, 16)
                .build();
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(request, GenerationListener.NONE)) {
            Provenance parsed = Provenance.parse(made.provenance().toJson());

            assertThat(parsed).isEqualTo(made.provenance());
            try (Generation again = model.generate(parsed.request().build(), GenerationListener.NONE)) {
                assertThat(again.provenance()).isEqualTo(made.provenance());
                assertThat(again.video().frames().get(0))
                        .isEqualTo(made.video().frames().get(0));
            }
        }
    }

    @Test
    void anotherDeviceOrEngineIsTheSameVideoWithACaution() {
        Provenance made = parse(SMALLEST.replace("'fps':8", "'fps':8,'device':'cuda'"));
        Provenance again = parse(SMALLEST.replace("'e'", "'f'"));

        assertThat(made.difference(again)).isEmpty();
        assertThat(made.cautions(again))
                .containsExactly(
                        "made by Kinema e, this is f: the last digits may differ",
                        "made on cuda, this is cpu: the last digits may differ");
        assertThat(made.cautions(made)).isEmpty();
        assertThat(made.toJson()).contains("\"device\":\"cuda\"");
    }

    @Test
    void textsThatAreNoProvenanceAreRefused() {
        assertThat(parse(SMALLEST).loras()).isEmpty();
        assertThat(parse(SMALLEST).device()).isEqualTo(Devices.CPU);
        assertRefused("Lavf62.3.100", "the provenance is not JSON: Unrecognized token 'Lavf62'");
        assertRefused("[]", "a provenance must be a JSON object, found []");
        assertRefused("{}", "the provenance lacks 'model'");
        assertRefused(SMALLEST.replace("'engine':'e',", ""), "the provenance lacks 'engine'");
        assertRefused(
                SMALLEST.replace("'fps':8", "'fps':8,'device':'abacus'"),
                "the provenance's 'device' is of the wrong kind");
        assertRefused(SMALLEST.replace("'seed':1,", ""), "the provenance lacks 'seed'");
        assertRefused(SMALLEST.replace("'seed':1", "'seed':1.5"), "the provenance's 'seed' is of the wrong kind");
        assertRefused(SMALLEST.replace("'seed':1", "'seed':'1'"), "the provenance's 'seed' is of the wrong kind");
        assertRefused(SMALLEST.replace("'ddim'", "'euler'"), "the provenance's 'scheduler' is of the wrong kind");
        assertRefused(
                SMALLEST.replace("'fps':8", "'fps':8,'warp':2"),
                "the provenance has an unknown 'warp'; was it made by a newer Kinema?");
    }

    private static void assertRefused(String json, String message) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    private static Provenance parse(String json) {
        return Provenance.parse(json.replace('\'', '"'));
    }
}
