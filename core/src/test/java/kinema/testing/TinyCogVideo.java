package kinema.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;

/**
 * A CogVideo in miniature as its authors would give it out, all of it drawn from seeds: frames of 4 by 4 tokens, enlarged to 8
 * by 8. Both stages have the same text-to-image model, super-resolution another.
 */
public final class TinyCogVideo {
    /** The sizes of both stages. */
    public static final BackboneConfig STAGE = new BackboneConfig(BaseConfig.tiny(), 64, 24, 16, 2);

    /** The sizes of super-resolution. */
    public static final UpscalerConfig UPSCALER = new UpscalerConfig(BaseConfig.tiny(), 24, 16, 64, 3, 3);

    private static final int CLUSTERS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private TinyCogVideo() {}

    /** Writes the authors' files into a folder. */
    public static Path authors(Path folder) {
        try {
            Files.createDirectories(folder);
            stage(folder, "cogvideo-stage1", "27000", STAGE.toMap());
            stage(folder, "cogvideo-stage2", "38000", STAGE.toMap());
            stage(folder, "cogview2-dsr", "20000", UPSCALER.toMap());
            IceModel.write(folder);
            Files.write(
                    folder.resolve("cluster_label2.npy"),
                    labels(BaseConfig.tiny().imageTokens(), CLUSTERS));
            ObjectNode files = JSON.createObjectNode();
            ObjectNode first = file(files, "cogvideo-stage1/27000/mp_rank_00_model_states.pt", 11);
            add(first, w -> StageNetwork.of(w, STAGE), List.of());
            ObjectNode second = file(files, "cogvideo-stage2/38000/mp_rank_00_model_states.pt", 11);
            add(second, w -> StageNetwork.of(w, STAGE), List.of("mixins."));
            ObjectNode third = file(files, "cogview2-dsr/20000/mp_rank_00_model_states.pt", 13);
            add(third, w -> Upscaler.of(w, UPSCALER), List.of());
            ObjectNode image = file(files, "ice_image.pt", 14);
            add(image, w -> new ImageAutoencoder(w, ImageConfig.tiny()), List.of());
            Path rules = Files.createTempDirectory("tiny");
            ObjectNode root = JSON.createObjectNode();
            root.set("files", files);
            Files.writeString(rules.resolve(SeededFolder.RULES), root.toString());
            return SeededFolder.write(rules, folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of labels in NumPy's format: token i belongs to cluster i modulo {@code clusters}. */
    public static byte[] labels(long tokens, int clusters) {
        StringBuilder head =
                new StringBuilder("{'descr': '<i8', 'fortran_order': False, 'shape': (" + tokens + ",), }");
        while ((10 + head.length() + 1) % 64 != 0) {
            head.append(' ');
        }
        head.append('\n');
        ByteBuffer file = ByteBuffer.allocate(10 + head.length() + Math.toIntExact(tokens) * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        file.putShort((short) head.length()).put(head.toString().getBytes(StandardCharsets.US_ASCII));
        for (int token = 0; token < tokens; token++) {
            file.putLong(token % clusters);
        }
        return file.array();
    }

    private static void stage(Path folder, String name, String iteration, Map<String, Object> config)
            throws IOException {
        Path stage = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(stage.resolve(iteration));
        Files.writeString(stage.resolve("latest"), iteration);
        Files.writeString(stage.resolve("model_config.json"), JSON.writeValueAsString(config));
    }

    private static ObjectNode file(ObjectNode files, String name, int seed) {
        ObjectNode file = files.putObject(name);
        file.put("seed", seed).put("dtype", "F16");
        return file.putObject("tensors");
    }

    /** Adds a network's tensors; in front of the first of a kind something that is no network's, which shifts what is drawn. */
    private static void add(ObjectNode tensors, Function<Weights, ?> network, List<String> shifted) {
        for (LeafSpec leaf : ShapeTree.of(network)) {
            for (String start : shifted) {
                if (leaf.key().startsWith(start) && !tensors.has("unused")) {
                    tensors.putArray("unused").add(3);
                }
            }
            ArrayNode shape = JSON.createArrayNode();
            for (long size : leaf.shape()) {
                shape.add(size);
            }
            if (leaf.key().contains("embedding")) { // larger than other matrices, or all tokens are much alike
                ObjectNode entry = tensors.putObject(leaf.key());
                entry.set("shape", shape);
                entry.put("low", -0.5).put("high", 0.5);
            } else {
                tensors.set(leaf.key(), shape);
            }
        }
    }
}
