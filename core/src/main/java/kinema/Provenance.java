package kinema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import kinema.memory.Tile;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.VideoSize;

/**
 * Everything needed to make a video again.
 *
 * @param model what made it
 * @param engine where
 * @param sampling the request with nothing left open
 * @param original the prompt as it was written, where it was rewritten
 * @param pictures how to tell the pictures it started from or followed; empty for text alone
 */
public record Provenance(
        ModelNote model,
        EngineNote engine,
        Sampling sampling,
        Optional<String> original,
        Optional<PictureNote> pictures) {
    private static final String LAST_DIGITS = ": the last digits may differ";

    /** What does not make it another video: names, and what changes last digits at most. */
    private static final Set<String> FREE = Set.of("system", "model", "engine", "device", "platform");

    /**
     * Reads what {@link #toJson} wrote, also that of versions before 2.
     *
     * @throws IllegalArgumentException for any other text, or one of a version that knows more
     */
    public static Provenance parse(String json) {
        return ProvenanceJson.parse(json);
    }

    /** One JSON object on one line; without what is empty, the dtype where it is fp32, quant where it is off, and the tile where there is none. */
    public String toJson() {
        return ProvenanceJson.text(this);
    }

    /** The video's size. */
    public VideoSize size() {
        return sampling.size();
    }

    /** The pieces pictures were coded in; empty when they were coded whole. */
    public Optional<Tile> tile() {
        return sampling.tile().filter(tile -> !tile.equals(Tile.WHOLE));
    }

    /**
     * A request for the same video. Of pictures only the digest is known: they are to be given again, but for a request
     * that goes on from an {@link UnfinishedRun}.
     */
    public GenerationRequest.Builder request() {
        VideoSize size = sampling.size();
        GenerationRequest.Builder request = GenerationRequest.of(sampling.prompt())
                .seed(sampling.seed())
                .size(size.width(), size.height())
                .frames(size.frames())
                .fps(size.fps())
                .tile(sampling.tile().orElse(Tile.WHOLE));
        sampling.settings().values().forEach(request::set);
        original.ifPresent(request::original);
        return request;
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
        Map<String, JsonNode> here = ProvenanceJson.flat(this);
        Map<String, JsonNode> there = ProvenanceJson.flat(other);
        Set<String> keys = new TreeSet<>(here.keySet());
        keys.addAll(there.keySet());
        keys.removeAll(FREE);
        keys.removeAll(free);
        return keys.stream()
                .filter(key -> !text(here, key).equals(text(there, key)))
                .findFirst()
                .map(key -> "its " + key + " is " + text(here, key) + ", here " + text(there, key));
    }

    /**
     * Why the bytes may differ when this video is made again, a line each: they are the same for one engine, device and
     * platform.
     *
     * @param again what makes it now
     */
    public List<String> cautions(Provenance again) {
        List<String> cautions = new ArrayList<>();
        EngineNote now = again.engine;
        if (!engine.version().equals(now.version())) {
            cautions.add("made by Kinema " + engine.version() + ", this is " + now.version() + LAST_DIGITS);
        }
        if (engine.device() != now.device()) {
            cautions.add("made on " + engine.device() + ", this is " + now.device() + LAST_DIGITS);
        }
        String platform = engine.platform();
        if (platform != null && !platform.equals(now.platform())) {
            cautions.add("made on " + platform + ", this is " + now.platform() + LAST_DIGITS);
        }
        return cautions;
    }

    /** The same with the prompt as it was written, where it was rewritten: what was asked for. */
    public Provenance asWritten() {
        Sampling s = sampling;
        Sampling written =
                new Sampling(original.orElse(s.prompt()), s.seed(), s.size(), s.settings(), s.condition(), s.tile());
        return new Provenance(model, engine, written, Optional.empty(), pictures);
    }

    /**
     * The same with the model's own values for settings that were not there yet when it was recorded; unchanged where it is
     * another model's.
     */
    Provenance completed(Schema schema) {
        try {
            return with(sampling.with(schema.complete(sampling.settings().values())));
        } catch (IllegalArgumentException e) {
            return this;
        }
    }

    /** The same of these pictures. */
    Provenance withPictures(PictureNote other) {
        Sampling s = sampling;
        Sampling followed =
                new Sampling(s.prompt(), s.seed(), s.size(), s.settings(), Optional.of(other.condition()), s.tile());
        return new Provenance(model, engine, followed, original, Optional.of(other));
    }

    /** The same with pictures coded in these pieces. */
    Provenance withTile(Tile other) {
        return with(sampling.with(other));
    }

    private Provenance with(Sampling other) {
        return new Provenance(model, engine, other, original, pictures);
    }

    private static String text(Map<String, JsonNode> values, String key) {
        JsonNode value = values.get(key);
        return value == null ? "none" : value.toString();
    }
}
