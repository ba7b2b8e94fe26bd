package kinema.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kinema.GenerationRequest;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.memory.Tile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What to generate, as options; what is not given is the model's own default. */
final class GenerateOptions {
    @Parameters(index = "0", arity = "0..1", paramLabel = "PROMPT", description = "What the video shows, in quotes.")
    private @Nullable String prompt;

    @Option(names = "--negative", paramLabel = "TEXT", description = "What the video should not show.")
    private @Nullable String negative;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Seed of the random numbers; the same seed gives the same video. Default: random, and printed.")
    private @Nullable Long seed;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps. Default: the model's.")
    private @Nullable Integer steps;

    @Option(
            names = "--timesteps",
            paramLabel = "T,T,...",
            description =
                    "The very timesteps to visit, noisiest first, in place of --steps and --spacing: what LoRAs for few"
                            + " steps were trained with, such as 999,856,665,399.")
    private @Nullable String timesteps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "How strictly to follow the prompt; 1 turns guidance off. Default: the model's.")
    private @Nullable Double guidance;

    @Option(
            names = "--dynamic-guidance",
            description = "Let guidance grow over the steps, as the models' authors do with dpm.")
    private boolean dynamicGuidance;

    @Option(
            names = "--cache",
            paramLabel = "WAY",
            description = "Take steps without most of the network between those it computes: extrapolate[:N] goes on"
                    + " linearly, every Nth (default: 3) step or more computed; mag[:THRESHOLD] (default: 0.06) and"
                    + " tea[:THRESHOLD] (default: 0.2) reuse what the blocks did, see 'kinema calibrate'. Faster, and not"
                    + " the same video.")
    private @Nullable String cache;

    @Option(
            names = "--min-psnr",
            paramLabel = "DB",
            description =
                    "How near a video with --cache is to be to the one without, as far as can be reckoned; more steps"
                            + " are computed to hold it.")
    private @Nullable Double minPsnr;

    @Option(
            names = "--draft",
            description = "Have the model's draft decoder make the pictures: in a small part of the time, and not as"
                    + " good.")
    private boolean draft;

    @Option(
            names = "--frames",
            paramLabel = "N",
            description = "Frames of video. Default: as many as --video or --control has, else the model's.")
    private @Nullable Integer frames;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = FrameSize.Converter.class,
            description = "Width and height in pixels, such as 720x480. Default: the model's.")
    private @Nullable FrameSize size;

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "Frames per second of the file; does not change what is generated. Default: the model's.")
    private @Nullable Double fps;

    @Option(
            names = "--scheduler",
            paramLabel = "ddim|dpm",
            description = "The sampler. Default: the one the model's folder names.")
    private @Nullable SchedulerType scheduler;

    @Option(
            names = "--spacing",
            paramLabel = "trailing|linspace|leading",
            description = "How the steps are spread over the timesteps of training. Default: the model's.")
    private @Nullable Spacing spacing;

    @Option(
            names = "--compat",
            description =
                    "Do as the Python implementation where Kinema does otherwise: 'kinema inspect' says under compat"
                            + " what that is for a model, such as its choice of timesteps where --steps does not divide 1000.")
    private boolean compat;

    @Option(
            names = "--stage",
            paramLabel = "NAME",
            description =
                    "Start with this stage of a model that has several, from --video; alone it is the last one too."
                            + " 'kinema inspect' lists them under from and until.")
    private @Nullable String stage;

    @Option(names = "--until", paramLabel = "NAME", description = "End with this stage of a model that has several.")
    private @Nullable String until;

    @Option(
            names = "--preset",
            paramLabel = "script|app",
            description =
                    "Whose steps are taken where a model knows several: those of its authors' script or of their web page.")
    private @Nullable String preset;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any setting of the model's by its name, as 'kinema inspect' lists them. May be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Mixin
    private EnhanceOptions enhance = new EnhanceOptions();

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Option(
            names = "--tile",
            paramLabel = "WxH|auto|off",
            converter = TileOption.class,
            description = "Encode and decode pictures in overlapping tiles of this size in pixels, which takes less"
                    + " memory; auto only where they do not fit whole. Default: auto.")
    private @Nullable Tile tile;

    /** The prompt; null where none was given. */
    @Nullable
    String prompt() {
        return prompt;
    }

    /** Whether the seed is chosen and not random. */
    boolean hasSeed() {
        return seed != null;
    }

    /**
     * The request these options describe, its prompt as it is written.
     *
     * @throws IllegalArgumentException for a value that no model takes
     * @throws CommandException when a file cannot be read
     */
    GenerationRequest.Builder request() {
        GenerationRequest.Builder request = GenerationRequest.of(prompt == null ? "" : prompt);
        addSettings(request);
        if (seed != null) {
            request.seed(seed);
        }
        if (frames != null) {
            request.frames(frames);
        }
        if (size != null) {
            request.size(size.width(), size.height());
        }
        pictures.read(frames).ifPresent(request::condition);
        if (tile != null) {
            request.tile(tile);
        }
        if (fps != null) {
            request.fps(fps);
        }
        request.build(); // refuses what it can before anybody is asked
        return request;
    }

    /** Whether steps may be estimated. */
    boolean hasCache() {
        return cache != null || settings.containsKey("cache");
    }

    /** Adds the settings that are given, by an option of their own or by {@code --set}. */
    private void addSettings(GenerationRequest.Builder request) {
        settings.forEach(request::set);
        add("negative", negative, request::negative);
        add("scheduler", scheduler, request::scheduler);
        add("spacing", spacing, request::spacing);
        add("from", "stage", stage, name -> request.set("from", name));
        add(
                "until",
                until == null && !settings.containsKey("until") ? stage : until,
                name -> request.set("until", name));
        add("preset", preset, name -> request.set("preset", name));
        add("steps", steps, request::steps);
        add("timesteps", timesteps, visited -> request.set("timesteps", visited));
        add("guidance", guidance, request::guidance);
        add("cache", cache, way -> request.set("cache", way));
        add("min-psnr", minPsnr, floor -> request.set("min-psnr", floor));
        add("draft", draft ? true : null, wanted -> request.set("draft", wanted));
        add("dynamic-guidance", dynamicGuidance ? true : null, request::dynamicGuidance);
        add("compat", compat ? true : null, request::compat);
    }

    private <T> void add(String key, @Nullable T value, Consumer<T> setter) {
        add(key, key, value, setter);
    }

    private <T> void add(String key, String option, @Nullable T value, Consumer<T> setter) {
        if (value == null) {
            return;
        }
        if (settings.containsKey(key)) {
            throw new OptionException("{} and {} " + key + " are the same; give one of them", option, "set");
        }
        setter.accept(value);
    }

    /** Who rewrites the prompt; null for nobody. */
    @Nullable
    String rewriter() {
        return enhance.rewriter();
    }

    /**
     * Has the prompt rewritten where that is asked for, or takes what it became in an unfinished run.
     *
     * @param unfinished folders where such a run may be
     * @param language that the video model reads; empty for English
     * @param cancelled whether the user does not want to wait any more
     * @throws CommandException when it cannot be
     */
    void enhance(
            GenerationRequest.Builder request,
            Stream<Path> unfinished,
            Supplier<Optional<String>> language,
            BooleanSupplier cancelled) {
        Optional<String> begun = enhance.begun(request.build(), unfinished);
        enhance.apply(request, begun, language, System.getenv(), cancelled);
    }
}
