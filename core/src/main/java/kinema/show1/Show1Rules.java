package kinema.show1;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kinema.show1.Show1Files.Part;
import kinema.show1.Show1Stages.Level;
import kinema.show1.unet.UnetConfig;
import kinema.show1.vae.FrameVaeConfig;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.system.PictureSize;
import kinema.system.PipelineRules;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Settings;
import kinema.system.Stage;
import kinema.system.VideoSize;
import kinema.text.PromptEncoder;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/** What a Show-1 can do, as the configs of its five checkpoints tell. Immutable. */
final class Show1Rules implements PipelineRules {
    private static final VideoSize PUBLISHED = new VideoSize(576, 320, 29, 8);

    private final Show1Files files;
    private final Map<Part, UnetConfig> unets = new EnumMap<>(Part.class); // of the checkpoints that are there
    private final Show1Samplers samplers;
    private final VideoSize size;
    private final int textTokens;
    private final Schema settings;

    private Show1Rules(Show1Files files) {
        this.files = files;
        for (Part part : Part.values()) {
            if (files.has(part)) {
                unets.put(part, read(files, part));
            }
        }
        unets.forEach(this::checkText);
        samplers = new Show1Samplers(files);
        Function<String, JsonNode> own = files.own();
        size = new VideoSize(
                own.apply("width").asInt(PUBLISHED.width()),
                own.apply("height").asInt(PUBLISHED.height()),
                own.apply("frames").asInt(PUBLISHED.frames()),
                own.apply("fps").asDouble(PUBLISHED.fps()));
        textTokens = own.apply("text-tokens").asInt(Show1Text.LENGTH);
        settings = settings(own);
    }

    private static Schema settings(Function<String, JsonNode> own) {
        try {
            return Show1Settings.of(key ->
                    Optional.of(own.apply(key)).filter(JsonNode::isValueNode).map(JsonNode::asText));
        } catch (IllegalArgumentException e) {
            throw new WeightsException("the _kinema of a " + ModelIndex.NAME + " of this Show-1: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the configs of the checkpoints that are there.
     *
     * @throws WeightsException when a config is damaged or states what no Show-1 has
     */
    static Show1Rules of(Show1Files files) {
        return new Show1Rules(files);
    }

    /**
     * The config of a checkpoint's denoising network.
     *
     * @throws WeightsException when the checkpoint is not there
     */
    UnetConfig unet(Part part) {
        UnetConfig config = unets.get(part);
        return config == null ? read(files, part) : config;
    }

    /** The config of the expert's autoencoder. */
    FrameVaeConfig vae() {
        return vae(files);
    }

    Show1Samplers samplers() {
        return samplers;
    }

    /** Tokens of a text. */
    int textTokens() {
        return textTokens;
    }

    @Override
    public VideoSize size() {
        return size;
    }

    @Override
    public Schema settings() {
        return settings;
    }

    @Override
    public List<Stage> stages(Sampling s) {
        return Show1Stages.of(Show1Settings.from(s), s.settings().get(Show1Settings.UNTIL));
    }

    @Override
    public int frames(int given, Settings s) {
        return Show1Settings.from(s, true) == Level.INTERPOLATE ? (given - 1) * Show1Size.KEY_EVERY + 1 : given;
    }

    @Override
    public PictureSize pictures(Sampling s) {
        Show1Size sizes = Show1Size.of(s);
        return switch (Show1Settings.from(s)) {
            case INTERPOLATE -> new PictureSize(sizes.keys(), sizes.keyWidth(), sizes.keyHeight());
            case UPSCALE -> new PictureSize(sizes.frames(), sizes.keyWidth(), sizes.keyHeight());
            default -> PictureSize.of(s);
        };
    }

    @Override
    public void check(Sampling s) {
        checkPictures(s);
        if (s.settings().get(Show1Settings.COMPAT) && s.settings().get(Show1Settings.KEEP)) {
            throw new IllegalArgumentException(
                    "compat makes key frames anew, as the authors do, and interpolate.keep keeps them; leave one of the two out");
        }
        Show1Size sizes = Show1Size.of(s);
        Settings settings = s.settings();
        Level until = settings.get(Show1Settings.UNTIL);
        checkKeySize(sizes, stages(s));
        stages(s).stream()
                .filter(stage -> stage.kind() == Stage.Kind.SAMPLE)
                .forEach(stage -> samplers.check(Denoising.of(stage.name()), settings));
        if (until == Level.REFINE) {
            unet(Part.EXPERT);
            checkMultiple("width", sizes.width(), vae().compression());
            checkMultiple("height", sizes.height(), vae().compression());
            checkStrength(settings.get(Show1Settings.REFINE_STEPS), strength(s));
        }
    }

    /** Key frames were trained in one size and number; later stages go from window to window, but in one size too. */
    @Override
    public List<String> cautions(Sampling s) {
        Show1Size asked = Show1Size.of(s);
        Settings own = settings.standard();
        int keyWidth = own.get(Show1Settings.KEY_WIDTH);
        int keyHeight = own.get(Show1Settings.KEY_HEIGHT);
        int keys = (size.frames() - 1) / Show1Size.KEY_EVERY + 1;
        Level from = Show1Settings.from(s);
        List<String> cautions = new ArrayList<>();
        if (from != Level.REFINE && (asked.keyWidth() != keyWidth || asked.keyHeight() != keyHeight)) {
            cautions.add(
                    caution("key frames of " + keyWidth + "x" + keyHeight, asked.keyWidth() + "x" + asked.keyHeight()));
        }
        if (from == Level.BASE && asked.keys() != keys) {
            cautions.add(caution(keys + " key frames at once", Integer.toString(asked.keys())));
        }
        boolean refined = s.settings().get(Show1Settings.UNTIL) == Level.REFINE;
        if (refined && (asked.width() != size.width() || asked.height() != size.height())) {
            cautions.add(
                    caution("videos of " + size.width() + "x" + size.height(), asked.width() + "x" + asked.height()));
        }
        return cautions;
    }

    private static String caution(String made, String asked) {
        return "this model was made for " + made + ": of " + asked + " the pictures may fall apart";
    }

    /** The part of the steps of refining that are taken. */
    static double strength(Sampling s) {
        return s.condition().map(c -> c.strength()).orElseGet(() -> s.settings().get(Show1Settings.STRENGTH));
    }

    private static void checkPictures(Sampling s) {
        Optional<ConditionType> pictures = s.pictures();
        if (pictures.isPresent() && pictures.get() != ConditionType.VIDEO) {
            throw new ConditionException(
                    "Show-1 makes videos from text, and goes on from videos; leave the " + pictures.get() + " out",
                    null);
        }
        Level from = Show1Settings.from(s);
        Level until = s.settings().get(Show1Settings.UNTIL);
        if (from.compareTo(until) > 0) {
            throw new IllegalArgumentException("stage " + from + ", with which the run starts" + because(s)
                    + ", comes after " + until + ", with which it is to end; choose another 'from' or 'until'");
        }
        if (from == Level.BASE && pictures.isPresent()) {
            throw new ConditionException("stage base makes key frames of text alone; leave the video out", null);
        }
        if (from != Level.BASE && pictures.isEmpty()) {
            throw new ConditionException(
                    "stage " + from + " goes on from a video" + (from == Level.INTERPOLATE ? " of key frames" : "")
                            + "; give one",
                    ConditionType.VIDEO);
        }
    }

    private static String because(Sampling s) {
        return s.settings().find(Show1Settings.FROM).isPresent() ? "" : " where a video is given";
    }

    /** Key frames go through some of the networks, each of which halves rows and columns as often as it does. */
    private void checkKeySize(Show1Size sizes, List<Stage> stages) {
        long multiple = 1;
        for (Stage stage : stages) {
            if (stage.kind() == Stage.Kind.SAMPLE && !stage.equals(Show1Stages.REFINE)) {
                long own = unet(Denoising.of(stage.name()).part()).multiple();
                boolean large = stage.equals(Show1Stages.FIRST_FRAME) || stage.equals(Show1Stages.UPSCALE);
                multiple = Math.max(multiple, large ? (own + sizes.scale() - 1) / sizes.scale() : own);
            }
        }
        checkMultiple("key-width", sizes.keyWidth(), multiple);
        checkMultiple("key-height", sizes.keyHeight(), multiple);
    }

    private static void checkMultiple(String name, int value, long multiple) {
        if (value < multiple || value % multiple != 0) {
            long nearest = Math.max(multiple, Math.round((double) value / multiple) * multiple);
            throw new IllegalArgumentException(
                    name + " must be a multiple of " + multiple + ", found " + value + "; nearest: " + nearest);
        }
    }

    private static void checkStrength(int steps, double strength) {
        if ((int) Math.min(steps * strength, steps) < 1) {
            throw new IllegalArgumentException("a strength of " + strength + " leaves no step of " + steps
                    + "; choose more refine.steps or at least " + 1.0 / steps);
        }
    }

    /** A network attends to states as wide as the text encoder makes them. */
    private void checkText(Part part, UnetConfig config) {
        boolean pixels = part != Part.EXPERT;
        if (pixels && !files.hasText() && !TextParts.isSmallInPixels(files)) {
            return; // which is told of where states are asked for
        }
        PromptEncoder encoder = pixels ? TextParts.pixelEncoder(files) : TextParts.latentEncoder(files);
        encoder.requireWidth(
                files.folder(part, "unet") + "/config.json: '" + (pixels ? "encoder_hid_dim" : "cross_attention_dim")
                        + "'",
                config.text().stateWidth());
    }

    private static FrameVaeConfig vae(Show1Files files) {
        return FrameVaeConfig.read(files.config(Part.EXPERT, "vae"));
    }

    private static UnetConfig read(Show1Files files, Part part) {
        UnetConfig config = UnetConfig.read(files.config(part, "unet"));
        UnetConfig.Kind kind = part == Part.EXPERT ? UnetConfig.Kind.LATENT : UnetConfig.Kind.PIXEL;
        boolean temporal = part != Part.FIRST_FRAME;
        boolean noiseLevel = part == Part.FIRST_FRAME || part == Part.UPSCALING;
        long inChannels = switch (part) {
            case BASE -> 3;
            case INTERPOLATION -> 7; // noise, key frames, mask
            case FIRST_FRAME, UPSCALING -> 6; // noise, small frames
            case EXPERT -> vae(files).latentChannels();
        };
        if (config.kind() != kind
                || config.temporal() != temporal
                || config.inChannels() != inChannels
                || config.time().noiseLevel() != noiseLevel) {
            throw new WeightsException(files.folder(part, "unet") + "/config.json: the network of the " + part
                    + " checkpoint must be one for " + (kind == UnetConfig.Kind.LATENT ? "latents" : "pixels") + " of "
                    + (temporal ? "clips" : "single pictures") + " with in_channels " + inChannels
                    + (noiseLevel ? " and class_embed_type timestep" : "") + ", found in_channels "
                    + config.inChannels() + "; do the checkpoints belong together?");
        }
        return config;
    }
}
