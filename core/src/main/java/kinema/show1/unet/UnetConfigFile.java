package kinema.show1.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.nn.Activation;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.show1.unet.UnetConfig.Level;
import kinema.show1.unet.UnetConfig.Text;
import kinema.show1.unet.UnetConfig.Time;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/** Reads a published {@code unet/config.json}, whose classes have many settings that no Show-1 uses: those are refused. */
final class UnetConfigFile {
    /** How a UNet's blocks are called, with {@code %s} for 2D or 3D. */
    private record Names(String down, String attendingDown, String mid, String up, String attendingUp) {
        String kind(String dimensions) {
            return String.join(", ", down, attendingDown, mid, up, attendingUp)
                    .formatted(dimensions, dimensions, dimensions, dimensions, dimensions);
        }
    }

    private static final Names PIXEL = new Names(
            "ResnetDownsampleBlock%s",
            "SimpleCrossAttnDownBlock%s",
            "UNetMidBlock%sSimpleCrossAttn",
            "ResnetUpsampleBlock%s",
            "SimpleCrossAttnUpBlock%s");

    private static final Names LATENT = new Names(
            "DownBlock%s", "CrossAttnDownBlock%s", "UNetMidBlock%sCrossAttn", "UpBlock%s", "CrossAttnUpBlock%s");

    /** Settings with one value in all published networks, which is also their default. */
    private static final Map<String, String> FIXED = Map.ofEntries(
            Map.entry("center_input_sample", "false"),
            Map.entry("flip_sin_to_cos", "true"),
            Map.entry("freq_shift", "0"),
            Map.entry("only_cross_attention", "false"),
            Map.entry("downsample_padding", "1"),
            Map.entry("transformer_layers_per_block", "1"),
            Map.entry("num_attention_heads", "null"),
            Map.entry("dual_cross_attention", "false"),
            Map.entry("addition_time_embed_dim", "null"),
            Map.entry("num_class_embeds", "null"),
            Map.entry("time_embedding_type", "positional"),
            Map.entry("timestep_post_act", "null"),
            Map.entry("time_cond_proj_dim", "null"),
            Map.entry("conv_in_kernel", "3"),
            Map.entry("conv_out_kernel", "3"),
            Map.entry("projection_class_embeddings_input_dim", "null"),
            Map.entry("class_embeddings_concat", "false"),
            Map.entry("mid_block_only_cross_attention", "null"));

    private static final Map<String, String> OF_PIXELS = Map.of(
            "resnet_time_scale_shift", "scale_shift",
            "cross_attention_norm", "group_norm",
            "addition_embed_type", "text",
            "encoder_hid_dim_type", "text_proj");

    private static final Map<String, String> OF_LATENTS = Map.of(
            "resnet_time_scale_shift", "default",
            "cross_attention_norm", "null",
            "addition_embed_type", "null",
            "encoder_hid_dim_type", "null",
            "class_embed_type", "null",
            "time_embedding_act_fn", "null",
            "use_linear_projection", "true",
            "resnet_skip_time_act", "false");

    private static final Map<String, String> DEFAULTS = Map.of(
            "resnet_time_scale_shift", "default", "use_linear_projection", "false", "resnet_skip_time_act", "false");

    private final ConfigFile file;

    UnetConfigFile(ConfigFile file) {
        this.file = file;
    }

    UnetConfig config() {
        Kind kind = kind();
        boolean temporal = dimensions(kind).equals("3D");
        FIXED.forEach((key, value) -> require(key, value, value));
        (kind == Kind.PIXEL ? OF_PIXELS : OF_LATENTS)
                .forEach((key, value) -> require(key, DEFAULTS.getOrDefault(key, "null"), value));
        return file.make(() -> config(kind, temporal));
    }

    private UnetConfig config(Kind kind, boolean temporal) {
        List<Level> levels = levels(kind, temporal ? "3D" : "2D");
        Activation activation = Activation.parse(file.text("act_fn", "silu"));
        ResnetConfig resnets = new ResnetConfig(
                activation,
                file.integer("norm_num_groups", 32),
                file.number("norm_eps", 1e-5),
                file.integer("time_embedding_dim", 4 * levels.get(0).width()),
                kind == Kind.PIXEL,
                !file.flag("resnet_skip_time_act", false),
                kind == Kind.PIXEL ? file.number("resnet_out_scale_factor", 1) : 1);
        return new UnetConfig(
                kind,
                temporal,
                file.integer("in_channels", 4),
                file.integer("out_channels", 4),
                levels,
                resnets,
                file.number("mid_block_scale_factor", 1),
                time(activation),
                text(kind),
                file.flag("transfromer_in_opt", false)); // spelt so in the published configs
    }

    /** What a published {@code config.json} says of a network. */
    static Map<String, Object> toMap(UnetConfig c) {
        Map<String, Object> file = new LinkedHashMap<>();
        String dimensions = c.temporal() ? "3D" : "2D";
        Names names = names(c.kind());
        List<String> down = c.levels().stream()
                .map(level -> (level.attention() ? names.attendingDown() : names.down()).formatted(dimensions))
                .toList();
        List<String> up = new ArrayList<>(c.levels().stream()
                .map(level -> (level.attention() ? names.attendingUp() : names.up()).formatted(dimensions))
                .toList());
        Collections.reverse(up);
        file.put("_class_name", c.temporal() ? "UNet3DConditionModel" : "UNet2DConditionModel");
        file.put("act_fn", c.resnets().activation().toString());
        file.put("in_channels", c.inChannels());
        file.put("out_channels", c.outChannels());
        file.put("down_block_types", down);
        file.put("mid_block_type", names.mid().formatted(dimensions));
        file.put("up_block_types", up);
        file.put("block_out_channels", c.levels().stream().map(Level::width).toList());
        file.put("layers_per_block", c.levels().stream().map(Level::layers).toList());
        file.put("attention_head_dim", c.levels().stream().map(Level::headDim).toList());
        file.put("norm_num_groups", c.resnets().groups());
        file.put("norm_eps", c.resnets().eps());
        file.put("cross_attention_dim", c.text().width());
        file.put("time_embedding_dim", c.resnets().timeWidth());
        file.put("mid_block_scale_factor", c.midScale());
        file.put("transfromer_in_opt", c.transformerIn());
        file.putAll(c.kind() == Kind.PIXEL ? ofPixels(c) : Map.of("use_linear_projection", true));
        return file;
    }

    private static Map<String, Object> ofPixels(UnetConfig c) {
        Map<String, Object> file = new LinkedHashMap<>(OF_PIXELS);
        file.put("encoder_hid_dim", c.text().stateWidth());
        file.put("addition_embed_type_num_heads", c.text().poolHeads());
        file.put("resnet_out_scale_factor", c.resnets().outScale());
        file.put("resnet_skip_time_act", !c.resnets().timeActivated());
        if (c.time().noiseLevel()) {
            file.put("class_embed_type", "timestep");
        }
        if (c.time().activated()) {
            file.put("time_embedding_act_fn", c.resnets().activation().toString());
        }
        return file;
    }

    private static Names names(Kind kind) {
        return kind == Kind.PIXEL ? PIXEL : LATENT;
    }

    private Kind kind() {
        String first = texts("down_block_types").stream().findFirst().orElse("");
        for (Kind kind : Kind.values()) {
            Names names = names(kind);
            if (isOneOf(first, names.down()) || isOneOf(first, names.attendingDown())) {
                return kind;
            }
        }
        throw new WeightsException(file.file() + ": unknown block '" + first + "' in down_block_types; known: "
                + PIXEL.kind("3D") + "; "
                + LATENT.kind("3D") + "; and those ending in 2D");
    }

    private String dimensions(Kind kind) {
        String mid = file.text("mid_block_type", "UNetMidBlock3DCrossAttn");
        for (String dimensions : List.of("2D", "3D")) {
            if (mid.equals(names(kind).mid().formatted(dimensions))) {
                return dimensions;
            }
        }
        throw wrong("mid_block_type", mid, names(kind).mid().formatted("3D"));
    }

    private List<Level> levels(Kind kind, String dimensions) {
        List<String> down = texts("down_block_types");
        List<String> up = texts("up_block_types");
        List<Long> widths = file.integers("block_out_channels", List.of(320L, 640L, 1280L, 1280L));
        if (down.size() != widths.size() || up.size() != widths.size()) {
            throw new IllegalArgumentException("block_out_channels, down_block_types and up_block_types must name"
                    + " equally many blocks, found " + widths.size() + ", " + down.size() + " and " + up.size());
        }
        List<Long> layers = perLevel("layers_per_block", 2, widths.size());
        List<Long> heads = perLevel("attention_head_dim", 8, widths.size());
        List<Level> levels = new ArrayList<>();
        for (int i = 0; i < widths.size(); i++) {
            boolean attends = attends(kind, dimensions, down.get(i), up.get(up.size() - 1 - i));
            levels.add(new Level(widths.get(i), layers.get(i), attends, heads.get(i)));
        }
        return levels;
    }

    private boolean attends(Kind kind, String dimensions, String down, String up) {
        Names names = names(kind);
        if (down.equals(names.attendingDown().formatted(dimensions))
                && up.equals(names.attendingUp().formatted(dimensions))) {
            return true;
        }
        if (down.equals(names.down().formatted(dimensions))
                && up.equals(names.up().formatted(dimensions))) {
            return false;
        }
        throw new IllegalArgumentException("the blocks on the way down and up must mirror one another and be of one"
                + " kind (" + names.kind(dimensions) + "), found " + down + " and " + up);
    }

    private Time time(Activation activation) {
        String level = textOrNull("class_embed_type");
        if (!level.equals("null") && !level.equals("timestep")) {
            throw wrong("class_embed_type", level, "null or timestep");
        }
        String after = textOrNull("time_embedding_act_fn");
        if (!after.equals("null") && Activation.parse(after) != activation) {
            throw wrong("time_embedding_act_fn", after, "null or " + activation + ", as act_fn");
        }
        return new Time(level.equals("timestep"), !after.equals("null"));
    }

    private Text text(Kind kind) {
        long width = file.integer("cross_attention_dim", 1280);
        long states = kind == Kind.PIXEL ? file.integer("encoder_hid_dim", 0) : width;
        return new Text(states, width, kind == Kind.PIXEL ? file.integer("addition_embed_type_num_heads", 64) : 1);
    }

    private List<Long> perLevel(String key, long absent, int levels) {
        if (file.node(key).isArray()) {
            List<Long> values = file.integers(key, List.of());
            if (values.size() != levels) {
                throw new IllegalArgumentException(
                        key + " must have one number for each of " + levels + " blocks, found " + values.size());
            }
            return values;
        }
        return Collections.nCopies(levels, file.integer(key, absent));
    }

    private List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : file.node(key)) {
            texts.add(item.asText());
        }
        return texts;
    }

    private void require(String key, String absent, String needed) {
        String found = file.node(key).isMissingNode() ? absent : file.node(key).asText("null");
        if (!found.equals(needed)) {
            throw wrong(key, found, needed);
        }
    }

    private String textOrNull(String key) {
        return file.text(key, "null");
    }

    private WeightsException wrong(String key, String found, String needed) {
        return new WeightsException(file.file() + ": '" + key + "' must be " + needed + ", found " + found
                + "; no published Show-1 has another");
    }

    private static boolean isOneOf(String block, String name) {
        return block.equals(name.formatted("2D")) || block.equals(name.formatted("3D"));
    }
}
