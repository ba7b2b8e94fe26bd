package kinema.cogvideox;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.system.PipelineDescription;
import kinema.text.MiniLmEncoder;
import kinema.weights.LeafSpec;
import kinema.weights.ModelIndex;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;

/** Describes a CogVideoX checkpoint from its {@code model_index.json} and the networks' {@code config.json}. */
final class CogVideoXDescription {
    static final Map<String, TransformerConfig> PUBLISHED = Map.of(
            "CogVideoX-2b", TransformerConfig.COGVIDEOX_2B,
            "CogVideoX-5b", TransformerConfig.COGVIDEOX_5B,
            "CogVideoX-5b-I2V", TransformerConfig.COGVIDEOX_5B_I2V,
            "CogVideoX1.5-5B", TransformerConfig.COGVIDEOX_1_5_5B,
            "CogVideoX1.5-5B-I2V", TransformerConfig.COGVIDEOX_1_5_5B_I2V);

    private CogVideoXDescription() {}

    /**
     * Reads the configs.
     *
     * @throws kinema.weights.WeightsException when one is missing or damaged
     */
    static PipelineDescription of(Path folder) {
        ModelFiles files = ModelFiles.of(folder);
        TransformerConfig transformer = TransformerConfig.of(files.transformer());
        VaeConfig vae = VaeConfig.of(files.vae());
        return new PipelineDescription(
                variant(transformer, vae), networks(new ModelIndex(files.index()), transformer, vae));
    }

    /** T5 is left out: its files may hold its embedding under either of two keys. */
    private static Map<String, Map<String, List<Long>>> networks(ModelIndex index, TransformerConfig t, VaeConfig v) {
        Map<String, Map<String, List<Long>>> networks = new LinkedHashMap<>();
        networks.put("transformer", shapes(w -> new ExpertTransformer(w, t)));
        networks.put("vae", shapes(w -> new Vae(w, v)));
        if (index.part("text_encoder").equals("MiniLmEncoder")) {
            networks.put("text_encoder", shapes(MiniLmEncoder::new));
        }
        return networks;
    }

    private static Map<String, List<Long>> shapes(Function<Weights, ?> network) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (LeafSpec leaf : ShapeTree.of(network)) {
            shapes.put(leaf.key(), Arrays.stream(leaf.shape()).boxed().toList());
        }
        return shapes;
    }

    private static String variant(TransformerConfig c, VaeConfig vae) {
        String name = published(c)
                .orElse(c.patchFrames() > 0 ? "CogVideoX 1.5 of its own size" : "CogVideoX of its own size");
        return name + ": " + task(c) + ", " + positions(c) + ", " + c.layers() + " blocks of " + c.heads()
                + " heads of "
                + c.headDim() + ", made for " + c.sampleFrames() + " frames of "
                + c.sampleWidth() * vae.spatialCompression() + "x" + c.sampleHeight() * vae.spatialCompression();
    }

    /** The published checkpoint whose transformer has this shape. */
    static Optional<String> published(TransformerConfig c) {
        return PUBLISHED.entrySet().stream()
                .filter(e -> sameNetwork(e.getValue(), c))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static boolean sameNetwork(TransformerConfig a, TransformerConfig b) {
        return shape(a).equals(shape(b)) && a.rotary() == b.rotary() && a.learned() == b.learned();
    }

    private static List<Long> shape(TransformerConfig c) {
        return List.of(
                c.heads(), c.headDim(), c.layers(), c.inChannels(), c.outChannels(), c.patchFrames(), c.ofsEmbedDim());
    }

    private static String task(TransformerConfig c) {
        if (c.inChannels() == c.outChannels()) {
            return "text to video";
        }
        if (c.inChannels() > 2 * c.outChannels()) {
            return "inpainting";
        }
        return c.learned() || c.ofsEmbedDim() > 0 ? "image to video" : "image or control video to video";
    }

    private static String positions(TransformerConfig c) {
        if (!c.rotary()) {
            return "sincos positions";
        }
        return c.learned() ? "rotary and learned positions" : "rotary positions";
    }
}
