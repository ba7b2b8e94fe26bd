package kinema;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import kinema.memory.Tile;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoSize;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Provenance} as the JSON object that files carry. What version 1 wrote is read too: it had one system, and its
 * settings stood beside the other keys.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ProvenanceJson(
        @Nullable String system,
        String model,
        String weightsDigest,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY, contentNulls = Nulls.FAIL)
        List<LoraNote> loras,

        @Nullable String draftDecoder,
        @Nullable Precision dtype,
        @Nullable Quantization quant,
        Device device,
        @Nullable String platform,
        String engine,
        String prompt,
        @Nullable String original,
        long seed,
        int width,
        int height,
        int frames,
        double fps,
        Map<String, Object> settings,
        @Nullable PictureNote condition,
        @Nullable Tile tile) {
    /** Strict, because a request that is taken for another makes another video. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private static final String SETTINGS = "settings";
    private static final String DEVICE = "device";

    private static final List<String> REQUIRED =
            List.of("model", "engine", "weightsDigest", "prompt", "seed", "width", "height", "frames", "fps");

    /** The settings of version 1, by the keys it wrote, those that it always wrote first. */
    private static final Map<String, String> EARLIER = new LinkedHashMap<>();

    private static final int ALWAYS_WRITTEN = 4;

    static {
        EARLIER.put("negative", "negative");
        EARLIER.put("scheduler", "scheduler");
        EARLIER.put("steps", "steps");
        EARLIER.put("guidance", "guidance");
        EARLIER.put("spacing", "spacing");
        EARLIER.put("dynamicGuidance", "dynamic-guidance");
        EARLIER.put("compat", "compat");
    }

    /** See {@link Provenance#parse}. */
    static Provenance parse(String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.isObject()) {
                throw new IllegalArgumentException("a provenance must be a JSON object, found " + json);
            }
            require(root, REQUIRED);
            upgrade((ObjectNode) root);
            require(root, List.of(SETTINGS, DEVICE));
            root.path("loras").forEach(lora -> require(lora, List.of("name", "digest", "scale")));
            if (root.hasNonNull("condition")) {
                require(root.path("condition"), List.of("type", "digest", "fit"));
            }
            return JSON.treeToValue(root, ProvenanceJson.class).provenance();
        } catch (UnrecognizedPropertyException e) {
            throw new IllegalArgumentException(
                    "the provenance has an unknown '" + e.getPropertyName() + "'; was it made by a newer Kinema?", e);
        } catch (JsonMappingException e) {
            throw wrongKind(e.getPath().stream().map(Reference::getFieldName).collect(Collectors.joining(".")), e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the provenance is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** See {@link Provenance#toJson}. */
    static String text(Provenance p) {
        try {
            return JSON.writeValueAsString(of(p));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts cannot fail to become JSON", e);
        }
    }

    /** All values by key, those of settings by theirs. */
    static Map<String, JsonNode> flat(Provenance p) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        ObjectNode root = JSON.valueToTree(of(p));
        root.remove(SETTINGS).properties().forEach(e -> values.put(e.getKey(), e.getValue()));
        root.properties().forEach(e -> values.put(e.getKey(), e.getValue()));
        return values;
    }

    private static ProvenanceJson of(Provenance p) {
        Sampling s = p.sampling();
        Precision dtype = p.model().dtype();
        Quantization quant = p.model().quant();
        return new ProvenanceJson(
                p.model().system(),
                p.model().name(),
                p.model().digest(),
                p.model().loras(),
                p.model().draftDecoder().orElse(null),
                dtype == Precision.FP32 ? null : dtype,
                quant == Quantization.OFF ? null : quant,
                p.engine().device(),
                p.engine().platform(),
                p.engine().version(),
                s.prompt(),
                p.original().orElse(null),
                s.seed(),
                s.size().width(),
                s.size().height(),
                s.size().frames(),
                s.size().fps(),
                s.settings().values(),
                p.pictures().orElse(null),
                p.tile().orElse(null));
    }

    private Provenance provenance() {
        settings.forEach((key, value) -> {
            if (!(value instanceof Number || value instanceof Boolean || value instanceof String)) {
                throw wrongKind(SETTINGS + "." + key, null);
            }
        });
        Sampling sampling = new Sampling(
                prompt,
                seed,
                new VideoSize(width, height, frames, fps),
                new Settings(settings),
                Optional.ofNullable(condition).map(PictureNote::condition),
                Optional.of(tile == null ? Tile.WHOLE : tile));
        return new Provenance(
                new ModelNote(
                        system,
                        model,
                        weightsDigest,
                        loras,
                        Optional.ofNullable(draftDecoder),
                        dtype == null ? Precision.FP32 : dtype,
                        quant == null ? Quantization.OFF : quant),
                new EngineNote(engine, device, platform),
                sampling,
                Optional.ofNullable(original),
                Optional.ofNullable(condition));
    }

    /** Turns what version 1 wrote into what this one does. */
    private static void upgrade(ObjectNode root) {
        if (!root.has(DEVICE)) { // before it was recorded there was only one
            root.put(DEVICE, Device.CPU.toString());
        }
        if (root.has(SETTINGS)) {
            return;
        }
        require(root, EARLIER.keySet().stream().limit(ALWAYS_WRITTEN).toList());
        ObjectNode settings = root.putObject(SETTINGS);
        EARLIER.forEach((before, now) -> {
            JsonNode value = root.remove(before);
            if (value != null && !value.isNull()) {
                settings.set(now, value);
            }
        });
    }

    private static void require(JsonNode root, List<String> keys) {
        for (String key : keys) {
            if (!root.hasNonNull(key)) {
                throw new IllegalArgumentException("the provenance lacks '" + key + "'");
            }
        }
    }

    private static IllegalArgumentException wrongKind(String key, @Nullable Throwable cause) {
        return new IllegalArgumentException("the provenance's '" + key + "' is of the wrong kind", cause);
    }
}
