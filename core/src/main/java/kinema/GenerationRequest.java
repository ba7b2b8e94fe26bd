package kinema;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Tile;

/**
 * What to generate. An empty setting stands for the model's own default, see {@link VideoModel#defaults}.
 *
 * <p>The same request to the same model gives the same latents. Made with {@link #of}.
 *
 * @param prompt what the video shows
 * @param original the prompt as it was written, where a {@link PromptEnhancer} rewrote it
 * @param negative what guidance leads away from; empty for nothing in particular
 * @param seed of the random numbers
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance; 1 turns it off
 * @param dynamicGuidance whether guidance varies over the steps, as CogVideoX's authors do with their DPM sampler
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param scheduler the sampler
 * @param spacing how the timesteps are spread over those of training
 * @param fps frames per second of the finished video; does not change what is generated
 * @param compat whether the sampler repeats the Python implementation's choice of timesteps where steps do not divide
 *     those of training, and frames may be 8k, as it lets them
 * @param condition the pictures it starts from or follows; empty for text alone
 * @param tile the pieces pictures are coded in, to spare memory; {@link Tile#WHOLE} to code them whole, empty for the
 *     largest that fit
 * @param spill where unfinished work is kept; empty to keep none
 * @param tensors whether {@link Generation#tensors} is filled
 */
public record GenerationRequest(
        String prompt,
        Optional<String> original,
        String negative,
        long seed,
        OptionalInt steps,
        OptionalDouble guidance,
        boolean dynamicGuidance,
        OptionalInt width,
        OptionalInt height,
        OptionalInt frames,
        Optional<SchedulerType> scheduler,
        Optional<Spacing> spacing,
        OptionalDouble fps,
        boolean compat,
        Optional<PictureCondition> condition,
        Optional<Tile> tile,
        Optional<Spill> spill,
        boolean tensors) {

    /** Checks what can be checked without a model: steps, sizes and rate are positive, guidance is at least 1. */
    public GenerationRequest {
        if (prompt.isBlank()) {
            throw new IllegalArgumentException("prompt must say what the video shows, found an empty text");
        }
        positive("steps", steps);
        positive("width", width);
        positive("height", height);
        positive("frames", frames);
        if (guidance.isPresent() && !(guidance.getAsDouble() >= 1 && guidance.getAsDouble() <= 1000)) {
            throw new IllegalArgumentException(
                    "guidance must be between 1 (off) and 1000, found " + guidance.getAsDouble());
        }
        if (fps.isPresent() && !(fps.getAsDouble() > 0 && fps.getAsDouble() <= 1000)) {
            throw new IllegalArgumentException("fps must be above 0 and at most 1000, found " + fps.getAsDouble());
        }
    }

    /** A request for {@code prompt}; the rest is the model's default, the seed random. */
    public static Builder of(String prompt) {
        return new Builder(prompt);
    }

    /** What differs from system to system, by the names of settings. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("negative", negative);
        scheduler.ifPresent(value -> settings.put("scheduler", value));
        spacing.ifPresent(value -> settings.put("spacing", value));
        steps.ifPresent(value -> settings.put("steps", value));
        guidance.ifPresent(value -> settings.put("guidance", value));
        settings.put("dynamic-guidance", dynamicGuidance);
        settings.put("compat", compat);
        return settings;
    }

    private static void positive(String name, OptionalInt value) {
        if (value.isPresent() && value.getAsInt() < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, found " + value.getAsInt());
        }
    }

    /** Collects the settings of a request. Not thread-safe. */
    public static final class Builder {
        private String prompt;
        private Optional<String> original = Optional.empty();
        private String negative = "";
        private long seed = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
        private OptionalInt steps = OptionalInt.empty();
        private OptionalDouble guidance = OptionalDouble.empty();
        private boolean dynamicGuidance;
        private OptionalInt width = OptionalInt.empty();
        private OptionalInt height = OptionalInt.empty();
        private OptionalInt frames = OptionalInt.empty();
        private Optional<SchedulerType> scheduler = Optional.empty();
        private Optional<Spacing> spacing = Optional.empty();
        private OptionalDouble fps = OptionalDouble.empty();
        private boolean compat;
        private Optional<PictureCondition> condition = Optional.empty();
        private Optional<Tile> tile = Optional.empty();
        private Optional<Spill> spill = Optional.empty();
        private boolean tensors;

        private Builder(String prompt) {
            this.prompt = prompt;
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

        /** What guidance leads away from. */
        public Builder negative(String value) {
            negative = value;
            return this;
        }

        /** The seed of the random numbers. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Denoising steps. */
        public Builder steps(int value) {
            steps = OptionalInt.of(value);
            return this;
        }

        /** Scale of classifier-free guidance. */
        public Builder guidance(double value) {
            guidance = OptionalDouble.of(value);
            return this;
        }

        /** Whether guidance varies over the steps. */
        public Builder dynamicGuidance(boolean value) {
            dynamicGuidance = value;
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

        /** The sampler. */
        public Builder scheduler(SchedulerType value) {
            scheduler = Optional.of(value);
            return this;
        }

        /** How the timesteps are spread over those of training. */
        public Builder spacing(Spacing value) {
            spacing = Optional.of(value);
            return this;
        }

        /** Frames per second of the finished video. */
        public Builder fps(double value) {
            fps = OptionalDouble.of(value);
            return this;
        }

        /** Whether to repeat the Python implementation's choice of timesteps, and to take 8k frames as it does. */
        public Builder compat(boolean value) {
            compat = value;
            return this;
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
            return this;
        }

        /** Pictures are coded whole, not in pieces. */
        public Builder whole() {
            tile = Optional.of(Tile.WHOLE);
            return this;
        }

        /** Where unfinished work is kept, and gone on from where there is some of the same request. */
        public Builder spill(Spill value) {
            spill = Optional.of(value);
            return this;
        }

        /** Whether the generation keeps its tensors. */
        public Builder tensors(boolean value) {
            tensors = value;
            return this;
        }

        /** The finished request. */
        public GenerationRequest build() {
            return new GenerationRequest(
                    prompt,
                    original,
                    negative,
                    seed,
                    steps,
                    guidance,
                    dynamicGuidance,
                    width,
                    height,
                    frames,
                    scheduler,
                    spacing,
                    fps,
                    compat,
                    condition,
                    tile,
                    spill,
                    tensors);
        }
    }
}
