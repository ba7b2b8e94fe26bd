package kinema.bench;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.show1.unet.Unet;
import kinema.show1.unet.UnetConfig;
import kinema.show1.vae.FrameVae;
import kinema.show1.vae.FrameVaeConfig;
import kinema.text.ClipConfig;
import kinema.text.ClipEncoder;
import kinema.weights.ConfigFile;

/**
 * Writes Show-1's five checkpoints with the real shapes and random bfloat16 weights: the files of the tests' small Show-1, its
 * networks made as large as the published ones.
 */
final class SyntheticShow1 {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private static final List<String> STAGES =
            List.of("show-1-base", "show-1-interpolation", "IF-II-L-v1.0", "show-1-sr1", "show-1-sr2");

    private final SyntheticCheckpoint writer;
    private final Path small;

    /**
     * One from a small one.
     *
     * @param writer of networks
     * @param small the folder of the small one's configs, indexes and tokenizers
     */
    SyntheticShow1(SyntheticCheckpoint writer, Path small) {
        this.writer = writer;
        this.small = small;
    }

    /**
     * Writes {@code show1/}; T5 is a link to what {@code textEncoder} names.
     *
     * @param folder for {@code show1/}
     * @param pieces T5's {@code spiece.model}
     */
    void write(Path folder, Path textEncoder, Path pieces) throws IOException {
        Path model = folder.resolve("show1");
        for (String stage : STAGES) {
            copy(stage, model.resolve(stage));
            UnetConfig unet = UnetConfig.read(config(stage + "/unet", model, unet(stage)));
            writer.network("show1/" + stage + "/unet", w -> new Unet(w, unet));
        }
        Path base = model.resolve("show-1-base");
        Files.copy(pieces, Files.createDirectories(base.resolve("tokenizer")).resolve("spiece.model"));
        Files.createSymbolicLink(base.resolve("text_encoder"), textEncoder.toAbsolutePath());
        FrameVaeConfig vae = FrameVaeConfig.read(config(
                "show-1-sr2/vae",
                model,
                Map.of(
                        "block_out_channels",
                        List.of(128, 256, 512, 512),
                        "layers_per_block",
                        2,
                        "norm_num_groups",
                        32)));
        writer.network("show1/show-1-sr2/vae", w -> new FrameVae(w, vae));
        ClipConfig clip = ClipConfig.read(config(
                "show-1-sr2/text_encoder",
                model,
                Map.of(
                        "vocab_size", 49_408,
                        "hidden_size", 1024,
                        "num_attention_heads", 16,
                        "intermediate_size", 4096,
                        "num_hidden_layers", 23)));
        writer.network("show1/show-1-sr2/text_encoder", w -> new ClipEncoder(w, clip));
    }

    /** What the published {@code unet/config.json} has otherwise than the small one. */
    private static Map<String, Object> unet(String stage) {
        return switch (stage) {
            case "show-1-sr2" ->
                Map.of(
                        "block_out_channels", List.of(320, 640, 1280, 1280),
                        "layers_per_block", 2,
                        "attention_head_dim", List.of(5, 10, 20, 20),
                        "cross_attention_dim", 1024,
                        "down_block_types", blocks("CrossAttnDownBlock3D", 3, "DownBlock3D", 1),
                        "up_block_types", blocks("UpBlock3D", 1, "CrossAttnUpBlock3D", 3));
            case "show-1-sr1" ->
                pixels(
                        List.of(128, 256, 512, 768, 768),
                        List.of(2, 2, 3, 4, 2),
                        3,
                        "3D",
                        Map.of("time_embedding_dim", 768));
            case "IF-II-L-v1.0" ->
                pixels(
                        List.of(160, 320, 640, 960, 1280),
                        List.of(2, 2, 3, 5, 5),
                        3,
                        "2D",
                        Map.of("time_embedding_dim", 1280, "cross_attention_dim", 1280));
            default ->
                pixels(List.of(320, 640, 960, 1280), List.of(3, 3, 3, 3), 1, "3D", Map.of("cross_attention_dim", 1280));
        };
    }

    private static Map<String, Object> pixels(
            List<Integer> widths, List<Integer> layers, int plain, String dimensions, Map<String, Object> more) {
        int attending = widths.size() - plain;
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("block_out_channels", widths);
        config.put("layers_per_block", layers);
        config.put("attention_head_dim", 64);
        config.put("cross_attention_dim", 768);
        config.put("encoder_hid_dim", 4096);
        config.put("addition_embed_type_num_heads", 64);
        config.put(
                "down_block_types",
                blocks(
                        "ResnetDownsampleBlock" + dimensions,
                        plain,
                        "SimpleCrossAttnDownBlock" + dimensions,
                        attending));
        config.put(
                "up_block_types",
                blocks("SimpleCrossAttnUpBlock" + dimensions, attending, "ResnetUpsampleBlock" + dimensions, plain));
        config.putAll(more);
        return config;
    }

    private static List<String> blocks(String first, int count, String then, int more) {
        return Stream.concat(
                        Stream.generate(() -> first).limit(count),
                        Stream.generate(() -> then).limit(more))
                .toList();
    }

    /** Writes the small one's config with other values, and reads it. */
    private ConfigFile config(String part, Path model, Map<String, ?> values) throws IOException {
        Map<String, Object> config =
                JSON.readValue(small.resolve(part).resolve("config.json").toFile(), new TypeReference<>() {});
        config.putAll(values);
        Path file = Files.createDirectories(model.resolve(part)).resolve("config.json");
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), config);
        return ConfigFile.read(file);
    }

    /** Copies what does not depend on sizes: the index, schedulers and CLIP's tokenizer. */
    private void copy(String stage, Path target) throws IOException {
        Files.createDirectories(target);
        Files.copy(small.resolve(stage).resolve("model_index.json"), target.resolve("model_index.json"));
        for (String part : List.of("scheduler", "image_noising_scheduler", "tokenizer")) {
            Path from = small.resolve(stage).resolve(part);
            if (!Files.isDirectory(from)) {
                continue;
            }
            Path to = Files.createDirectory(target.resolve(part));
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }
}
