package kinema;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.memory.Tile;
import kinema.system.CommonSettings;
import kinema.system.Setting;
import org.jspecify.annotations.Nullable;

/**
 * What to generate. What is left open is the model's own, see {@link VideoModel#size} and {@link VideoModel#settings}.
 *
 * <p>The same request to the same model gives the same samples. A value, made with {@link #of} alone: what later versions
 * can be asked for besides is a method more, and no caller need change.
 */
public final class GenerationRequest {
    private final String prompt;
    private final Optional<String> original;
    private final long seed;
    private final OptionalInt width;
    private final OptionalInt height;
    private final OptionalInt frames;
    private final OptionalDouble fps;
    private final Map<String, Object> settings;
    private final Optional<PictureCondition> condition;
    private final Optional<Tile> tile;
    private final boolean tileOpen;
    private final Optional<Spill> spill;
    private final boolean tensors;

    /** Checks what can be checked without a model: the prompt says something, sizes and rate are positive. */
    private GenerationRequest(Builder b) {
        prompt = b.prompt;
        original = b.original;
        seed = b.seed;
        width = b.width;
        height = b.height;
        frames = b.frames;
        fps = b.fps;
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(b.settings));
        condition = b.condition;
        tile = b.tile;
        tileOpen = b.tileOpen;
        spill = b.spill;
        tensors = b.tensors;
        if (prompt.isBlank()) {
            throw new IllegalArgumentException("prompt must say what the video shows, found an empty text");
        }
        positive("width", width);
        positive("height", height);
        positive("frames", frames);
        if (fps.isPresent() && !(fps.getAsDouble() > 0 && fps.getAsDouble() <= 1000)) {
            throw new IllegalArgumentException("fps must be above 0 and at most 1000, found " + fps.getAsDouble());
        }
    }

    /** A request for {@code prompt}; the rest is the model's own, the seed random. */
    public static Builder of(String prompt) {
        return new Builder(prompt);
    }

    /** A builder that begins with all this request says, its seed too. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** What the video shows. */
    public String prompt() {
        return prompt;
    }

    /** The prompt as it was written, where a {@link PromptEnhancer} rewrote it. */
    public Optional<String> original() {
        return original;
    }

    /** Of the random numbers. */
    public long seed() {
        return seed;
    }

    /** Pixels per row. */
    public OptionalInt width() {
        return width;
    }

    /** Rows. */
    public OptionalInt height() {
        return height;
    }

    /** Frames of video. */
    public OptionalInt frames() {
        return frames;
    }

    /** Frames per second of the finished video; does not change what is generated. */
    public OptionalDouble fps() {
        return fps;
    }

    /** What else is set, by the keys of {@link VideoModel#settings}. */
    public Map<String, Object> settings() {
        return settings;
    }

    /** The pictures it starts from or follows; empty for text alone. */
    public Optional<PictureCondition> condition() {
        return condition;
    }

    /**
     * The pieces pictures are coded in, to spare memory; {@link Tile#WHOLE} to code them whole, empty for the largest that
     * fit.
     */
    public Optional<Tile> tile() {
        return tile;
    }

    /** Whether the largest pieces that fit are taken, also by a run that goes on and was begun with others. */
    boolean tileOpen() {
        return tileOpen;
    }

    /** Where unfinished work is kept; empty to keep none. */
    public Optional<Spill> spill() {
        return spill;
    }

    /** Whether {@link Generation#tensors} is filled. */
    public boolean tensors() {
        return tensors;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GenerationRequest request && values().equals(request.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return "GenerationRequest" + values();
    }

    private List<Object> values() {
        return List.of(
                prompt, original, seed, width, height, frames, fps, settings, condition, tile, tileOpen, spill,
                tensors);
    }

    private static void positive(String name, OptionalInt value) {
        if (value.isPresent() && value.getAsInt() < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, found " + value.getAsInt());
        }
    }

    /** Collects what a request sets. Not thread-safe. */
    public static final class Builder {
        private final Map<String, Object> settings = new LinkedHashMap<>();
        private String prompt;
        private Optional<String> original = Optional.empty();
        private long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
        private OptionalInt width = OptionalInt.empty();
        private OptionalInt height = OptionalInt.empty();
        private OptionalInt frames = OptionalInt.empty();
        private OptionalDouble fps = OptionalDouble.empty();
        private Optional<PictureCondition> condition = Optional.empty();
        private Optional<Tile> tile = Optional.empty();
        private boolean tileOpen;
        private Optional<Spill> spill = Optional.empty();
        private boolean tensors;

        private Builder(String prompt) {
            this.prompt = prompt;
        }

        private Builder(GenerationRequest r) {
            prompt = r.prompt;
            original = r.original;
            seed = r.seed;
            width = r.width;
            height = r.height;
            frames = r.frames;
            fps = r.fps;
            settings.putAll(r.settings);
            condition = r.condition;
            tile = r.tile;
            tileOpen = r.tileOpen;
            spill = r.spill;
            tensors = r.tensors;
        }

        /** Another prompt. */
        public Builder prompt(String value) {
            prompt = value;
            original = Optional.empty();
            return this;
        }

        /**
         * Has the prompt rewritten at once; what was written is kept for the provenance.
         *
         * @throws PromptEnhancerException when there is no answer that could be a prompt
         */
        public Builder enhance(PromptEnhancer enhancer) {
            String written = prompt;
            prompt = enhancer.enhance(written);
            original = Optional.of(original.orElse(written));
            return this;
        }

        /** What the prompt was before it was rewritten. */
        Builder original(String value) {
            original = Optional.of(value);
            return this;
        }

        /** The seed of the random numbers. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Width and height in pixels. */
        public Builder size(int newWidth, int newHeight) {
            width = OptionalInt.of(newWidth);
            height = OptionalInt.of(newHeight);
            return this;
        }

        /** Frames of video. */
        public Builder frames(int value) {
            frames = OptionalInt.of(value);
            return this;
        }

        /** Frames per second of the finished video. */
        public Builder fps(double value) {
            fps = OptionalDouble.of(value);
            return this;
        }

        /**
         * Any setting of the model's, which checks it when the request is made.
         *
         * @param key such as {@code steps}, see {@link VideoModel#settings}
         * @param value a number, a flag, or a text that says one, or is one of the setting's choices
         */
        public Builder set(String key, Object value) {
            settings.put(key, value);
            return this;
        }

        /** Leaves a setting to the model. */
        public Builder unset(String key) {
            settings.remove(key);
            return this;
        }

        /**
         * A setting that several systems have.
         *
         * @throws IllegalArgumentException for a value that it must not have, whatever the model
         */
        public <T> Builder set(Setting<T> setting, T value) {
            return set(setting.key(), setting.encode(value));
        }

        /** What guidance leads away from: the setting {@code negative}. */
        public Builder negative(String value) {
            return set(CommonSettings.NEGATIVE, value);
        }

        /** Denoising steps: the setting {@code steps}. */
        public Builder steps(int value) {
            return set(CommonSettings.STEPS, value);
        }

        /** The very timesteps to visit, noisiest first: the setting {@code timesteps}. */
        public Builder timesteps(List<Integer> value) {
            return set("timesteps", value);
        }

        /** Scale of classifier-free guidance: the setting {@code guidance}. */
        public Builder guidance(double value) {
            return set(CommonSettings.GUIDANCE, value);
        }

        /** Whether guidance varies over the steps: the setting {@code dynamic-guidance}. */
        public Builder dynamicGuidance(boolean value) {
            return set("dynamic-guidance", value);
        }

        /** The sampler: the setting {@code scheduler}. */
        public Builder scheduler(SchedulerType value) {
            return set("scheduler", value);
        }

        /** How the timesteps are spread over those of training: the setting {@code spacing}. */
        public Builder spacing(Spacing value) {
            return set("spacing", value);
        }

        /** Whether to do as the Python implementation where Kinema does better: the setting {@code compat}. */
        public Builder compat(boolean value) {
            return set("compat", value);
        }

        /** The pictures it starts from or follows. */
        public Builder condition(PictureCondition value) {
            condition = Optional.of(value);
            return this;
        }

        /** Width and height, in pixels, of the pieces pictures are coded in. */
        public Builder tile(int tileWidth, int tileHeight) {
            return tile(new Tile(tileWidth, tileHeight));
        }

        /** The pieces pictures are coded in. */
        public Builder tile(Tile value) {
            tile = Optional.of(value);
            tileOpen = false;
            return this;
        }

        /** Pictures are coded in the largest pieces that fit, whole where that does, whatever was said of it before. */
        public Builder tileThatFits() {
            tile = Optional.empty();
            tileOpen = true;
            return this;
        }

        /** Pictures are coded whole, not in pieces. */
        public Builder whole() {
            return tile(Tile.WHOLE);
        }

        /** Where unfinished work is kept, and gone on from where there is some of the same request. */
        public Builder spill(Spill value) {
            spill = Optional.of(value);
            return this;
        }

        /** No unfinished work is kept. */
        public Builder noSpill() {
            spill = Optional.empty();
            return this;
        }

        /** Whether the generation keeps its tensors. */
        public Builder tensors(boolean value) {
            tensors = value;
            return this;
        }

        /** The finished request. */
        public GenerationRequest build() {
            return new GenerationRequest(this);
        }
    }
}
