package kinema;

import static kinema.tensor.Precision.BF16;
import static kinema.tensor.Precision.FP32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kinema.diffusion.SchedulerType;
import kinema.memory.Tile;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.ValueType;
import kinema.tensor.Device;
import kinema.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a provenance's text back to the request. */
class ProvenanceTest {
    private static final String SMALLEST =
            "{'model':'m','engine':'e','weightsDigest':'0','prompt':'a','seed':1,'settings':{'steps':2},"
                    + "'width':32,'height':16,'frames':1,'fps':8}";

    private static final String EARLIER =
            SMALLEST.replace("'settings':{'steps':2}", "'negative':'','scheduler':'ddim','steps':2,'guidance':6");

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
    void anotherPlatformIsTheSameVideoWithACaution() {
        Provenance made = parse(SMALLEST.replace("'fps':8", "'fps':8,'platform':'abacus'"));
        Provenance again = parse(SMALLEST.replace("'fps':8", "'fps':8,'platform':'linux-x86_64'"));

        assertThat(made.difference(again)).isEmpty();
        assertThat(made.cautions(again))
                .containsExactly("made on abacus, this is linux-x86_64: the last digits may differ");
        assertThat(parse(SMALLEST).cautions(again)).isEmpty();
    }

    @Test
    void settingsAreComparedOneByOne() {
        Provenance made = parse(SMALLEST);
        assertThat(made.difference(parse(SMALLEST.replace("'steps':2", "'steps':3"))))
                .hasValue("its steps is 2, here 3");
        assertThat(made.difference(parse(SMALLEST.replace("'steps':2", "'steps':2,'eta':0.5"))))
                .hasValue("its eta is none, here 0.5");
    }

    /** Written by the last version before settings had an object of their own. */
    @Test
    void whatVersion1WroteIsTheSameRequestToday(@TempDir Path folder) throws IOException {
        Golden.model("t2v-2b", folder);
        List<String> lines = recorded();
        try (VideoModel model = Kinema.open(folder)) {
            String digest = Kinema.digest(folder);
            Provenance made =
                    Provenance.parse(lines.get(0).replaceAll("(\"weightsDigest\":\")[0-9a-f]+", "$1" + digest));

            Job again = model.prepare(made.request().build());

            assertThat(again.difference(made)).isEmpty();
            assertThat(again.provenance().sampling().settings().values())
                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                            "negative",
                            "rain \"鸟\"",
                            "scheduler",
                            "dpm",
                            "spacing",
                            "leading",
                            "steps",
                            3,
                            "guidance",
                            2.5,
                            "dynamic-guidance",
                            true,
                            "compat",
                            true));
            assertThat(again.provenance().tile()).hasValue(new Tile(64, 64));
        }
    }

    @Test
    void whatVersion1WroteOfModelsAndPicturesIsRead() throws IOException {
        List<Provenance> made = recorded().stream().map(Provenance::parse).toList();

        assertThat(made).extracting(p -> p.model().dtype()).containsExactly(FP32, BF16, FP32, FP32);
        assertThat(made.get(2).pictures()).map(PictureNote::type).hasValue(ConditionType.IMAGE);
        assertThat(made.get(2).sampling().condition()).hasValue(new Condition(ConditionType.IMAGE, 1));
        assertThat(made.get(3).model().loras())
                .singleElement()
                .satisfies(lora -> assertThat(lora.scale()).isEqualTo(0.5));
        assertThat(made)
                .allSatisfy(p -> assertThat(Provenance.parse(p.toJson())).isEqualTo(p));
    }

    @Test
    void aSettingThatIsNewerThanTheRecordHadTheModelsOwnValue() {
        Schema schema = new Schema(List.of(
                Setting.of("steps", "steps", ValueType.whole(1, 9)),
                Setting.of("eta", "noise", ValueType.number(0, 1, "between 0 and 1"))
                        .withStandard(0.0)));

        assertThat(parse(SMALLEST).completed(schema).sampling().settings().values())
                .isEqualTo(Map.of("steps", 2, "eta", 0.0));
        Provenance another = parse(SMALLEST.replace("'steps':2", "'sweeps':2"));
        assertThat(another.completed(schema)).isEqualTo(another);
    }

    @Test
    void textsThatAreNoProvenanceAreRefused() {
        assertThat(parse(SMALLEST).model().loras()).isEmpty();
        assertThat(parse(SMALLEST).engine().device()).isEqualTo(Device.CPU);
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
        assertRefused(
                SMALLEST.replace("'steps':2", "'steps':[2]"), "the provenance's 'settings.steps' is of the wrong kind");
        assertRefused(SMALLEST.replace("{'steps':2}", "7"), "the provenance's 'settings' is of the wrong kind");
        assertThat(parse(EARLIER).sampling().settings().values()).containsEntry("steps", 2);
        assertRefused(EARLIER.replace("'scheduler':'ddim',", ""), "the provenance lacks 'scheduler'");
        assertRefused(
                SMALLEST.replace("'fps':8", "'fps':8,'warp':2"),
                "the provenance has an unknown 'warp'; was it made by a newer Kinema?");
    }

    @Test
    void nothingMayBeNullButWhatMayBeAbsent() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        for (String text : recorded()) {
            JsonNode whole = mapper.readTree(Provenance.parse(text).toJson());
            for (JsonPointer place : places(whole, JsonPointer.empty())) {
                JsonNode changed = whole.deepCopy();
                JsonNode parent = changed.at(place.head());
                if (parent instanceof ObjectNode object) {
                    object.putNull(place.last().getMatchingProperty());
                } else {
                    ((ArrayNode) parent).set(place.last().getMatchingIndex(), NullNode.getInstance());
                }
                try {
                    Provenance read = Provenance.parse(changed.toString());
                    assertThat(read.toJson()).isNotEmpty();
                    assertThat(read.request().build().prompt())
                            .isEqualTo(read.sampling().prompt());
                    read.difference(Provenance.parse(text))
                            .ifPresent(d -> assertThat(d).isNotEmpty());
                    read.pictures().ifPresent(note -> assertThat(note).hasNoNullFieldsOrPropertiesExcept("strength"));
                    assertThat(read.model().loras())
                            .allSatisfy(lora -> assertThat(lora).hasNoNullFieldsOrProperties());
                    assertThat(read.cautions(Provenance.parse(text))).isNotNull();
                } catch (IllegalArgumentException e) {
                    assertThat(e).as(place.toString()).hasMessageStartingWith("the provenance");
                }
            }
        }
        assertRefused(SMALLEST.replace("{'steps':2}", "null"), "the provenance lacks 'settings'");
        assertRefused(SMALLEST.replace("'fps':8", "'fps':8,'device':null"), "the provenance lacks 'device'");
    }

    /** All places within a value, the inner ones too. */
    private static List<JsonPointer> places(JsonNode node, JsonPointer at) {
        List<JsonPointer> places = new ArrayList<>();
        node.fieldNames().forEachRemaining(name -> places.add(at.appendProperty(name)));
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            places.add(at.appendIndex(i));
        }
        for (JsonPointer place : List.copyOf(places)) {
            places.addAll(places(
                    node.at(JsonPointer.compile("/" + place.last().toString().substring(1))), place));
        }
        return places;
    }

    private static List<String> recorded() throws IOException {
        try (InputStream lines = ProvenanceTest.class.getResourceAsStream("/provenance/version-1.jsonl")) {
            return new String(Objects.requireNonNull(lines).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
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
