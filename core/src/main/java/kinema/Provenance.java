package kinema;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Tile;
import kinema.tensor.Devices;
import kinema.tensor.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Everything needed to make a video again.
 *
 * @param model name of the model's folder
 * @param weightsDigest SHA-256 in hex over the folder's files: names, sizes and contents, of very large ones samples
 * @param loras what was added to the denoising network's weights
 * @param dtype what the networks computed in; null for 32 bits
 * @param device what they computed on
 * @param prompt what the video shows
 * @param original the prompt as it was written, where it was rewritten; else null
 * @param negative what guidance led away from
 * @param seed of the random numbers
 * @param scheduler the sampler
 * @param spacing how the timesteps were spread; null for the model's own way
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance
 * @param dynamicGuidance whether guidance varied over the steps
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param fps frames per second
 * @param compat whether timesteps were chosen as the Python implementation does, slips included
 * @param condition the pictures it started from or followed; null for text alone
 * @param tile the pieces pictures were coded in; null when they were coded whole
 * @param engine version of Kinema
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Provenance(
        String model,
        String weightsDigest,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
        List<LoraNote> loras,

        @Nullable Precision dtype,
        Devices device,
        String prompt,
        @Nullable String original,
        String negative,
        long seed,
        SchedulerType scheduler,
        @Nullable Spacing spacing,
        int steps,
        double guidance,
        boolean dynamicGuidance,
        int width,
        int height,
        int frames,
        double fps,
        boolean compat,
        @Nullable PictureNote condition,
        @Nullable Tile tile,
        String engine) {
    /** Strict, because a request that is taken for another makes another video. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private static final String DEVICE = "device";

    /** What does not make it another video: the model's name, and what changes last digits at most. */
    private static final Set<String> FREE = Set.of("model", "engine", DEVICE);

    private static final List<String> REQUIRED = List.of(
            "model",
            "engine",
            "weightsDigest",
            "prompt",
            "negative",
            "seed",
            "scheduler",
            "steps",
            "guidance",
            "width",
            "height",
            "frames",
            "fps");

    /** Keeps a copy of the list. */
    public Provenance {
        loras = List.copyOf(loras);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException for any other text, or one of a version that knows more
     */
    public static Provenance parse(String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.isObject()) {
                throw new IllegalArgumentException("a provenance must be a JSON object, found " + json);
            }
            for (String key : REQUIRED) {
                if (!root.hasNonNull(key)) {
                    throw new IllegalArgumentException("the provenance lacks '" + key + "'");
                }
            }
            if (!root.has(DEVICE)) { // before it was recorded there was only one
                ((ObjectNode) root).put(DEVICE, Devices.CPU.toString());
            }
            return JSON.treeToValue(root, Provenance.class);
        } catch (UnrecognizedPropertyException e) {
            throw new IllegalArgumentException(
                    "the provenance has an unknown '" + e.getPropertyName() + "'; was it made by a newer Kinema?", e);
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException("the provenance's '" + key(e) + "' is of the wrong kind", e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the provenance is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * A request for the same video. Of pictures only the digest is known: they are to be given again, but for a request
     * that goes on from an {@link UnfinishedRun}.
     */
    public GenerationRequest.Builder request() {
        GenerationRequest.Builder request = GenerationRequest.of(prompt)
                .negative(negative)
                .seed(seed)
                .scheduler(scheduler)
                .steps(steps)
                .guidance(guidance)
                .dynamicGuidance(dynamicGuidance)
                .size(width, height)
                .frames(frames)
                .fps(fps)
                .compat(compat);
        if (original != null) {
            request.original(original);
        }
        if (spacing != null) {
            request.spacing(spacing);
        }
        return request.tile(tile == null ? Tile.WHOLE : tile);
    }

    /** The same with pictures coded in these pieces; null for whole. */
    Provenance withTile(@Nullable Tile other) {
        return new Provenance(
                model,
                weightsDigest,
                loras,
                dtype,
                device,
                prompt,
                original,
                negative,
                seed,
                scheduler,
                spacing,
                steps,
                guidance,
                dynamicGuidance,
                width,
                height,
                frames,
                fps,
                compat,
                condition,
                other,
                engine);
    }

    /**
     * What keeps two videos from being the same: the first setting in which they differ, with both values; empty where
     * only the model's name does, or what {@link #cautions} tells of.
     */
    public Optional<String> difference(Provenance other) {
        return difference(other, Set.of());
    }

    /** As {@link #difference(Provenance)}, with more settings that may differ. */
    Optional<String> difference(Provenance other, Set<String> free) {
        ObjectNode here = JSON.valueToTree(this);
        ObjectNode there = JSON.valueToTree(other);
        Set<String> keys = new TreeSet<>();
        here.fieldNames().forEachRemaining(keys::add);
        there.fieldNames().forEachRemaining(keys::add);
        keys.removeAll(FREE);
        keys.removeAll(free);
        return keys.stream()
                .filter(key -> !here.path(key).equals(there.path(key)))
                .findFirst()
                .map(key -> "its " + key + " is " + text(here, key) + ", here " + text(there, key));
    }

    /**
     * Why the bytes may differ when this video is made again, a line each: they are the same for one engine and device.
     *
     * @param again what makes it now
     */
    public List<String> cautions(Provenance again) {
        List<String> cautions = new ArrayList<>();
        if (!engine.equals(again.engine)) {
            cautions.add("made by Kinema " + engine + ", this is " + again.engine + ": the last digits may differ");
        }
        if (device != again.device) {
            cautions.add("made on " + device + ", this is " + again.device + ": the last digits may differ");
        }
        return cautions;
    }

    /** The same with the prompt as it was written, where it was rewritten: what was asked for. */
    public Provenance asWritten() {
        if (original == null) {
            return this;
        }
        ObjectNode root = JSON.valueToTree(this);
        root.put("prompt", original).remove("original");
        return parse(root.toString());
    }

    /** The same of other pictures. */
    Provenance withCondition(PictureNote other) {
        ObjectNode root = JSON.valueToTree(this);
        root.set("condition", JSON.valueToTree(other));
        return parse(root.toString());
    }

    private static String text(ObjectNode root, String key) {
        return root.has(key) ? root.path(key).toString() : "none";
    }

    private static String key(JsonMappingException e) {
        return e.getPath().stream().map(Reference::getFieldName).collect(Collectors.joining("."));
    }

    /** One JSON object on one line, keys as the components are called; without those that are null. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts cannot fail to become JSON", e);
        }
    }
}
