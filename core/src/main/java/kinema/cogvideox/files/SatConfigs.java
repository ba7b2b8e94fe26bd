package kinema.cogvideox.files;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.SchedulerType;
import kinema.weights.StoredTensor;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * The published configs of a model that comes in the authors' form, which has none: read off the tensors' shapes where
 * these tell, else those of the one published model that has such tensors.
 */
final class SatConfigs {
    private static final String PROJ = "patch_embed.proj.weight";
    private static final long PATCH = 2;
    private static final long PATCH_FRAMES_1_5 = 2;
    private static final long CONVOLUTION_RANK = 4;
    private static final double SCALING = 0.7; // of all but 2b

    private final Map<String, StoredTensor> tensors;
    private final TransformerConfig transformer;

    /**
     * Recognises a transformer.
     *
     * @param tensors by published key
     * @throws WeightsException when tensors that every CogVideoX has are not there
     */
    SatConfigs(Map<String, StoredTensor> tensors) {
        this.tensors = tensors;
        transformer = recognise();
    }

    /** {@code transformer/config.json}. */
    Map<String, ?> transformer() {
        return transformer.toMap();
    }

    /** {@code model_index.json}. */
    Map<String, ?> index() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", isImageModel() ? "CogVideoXImageToVideoPipeline" : "CogVideoXPipeline");
        map.put("scheduler", List.of("diffusers", SchedulerFile.className(sampler())));
        map.put("text_encoder", List.of("transformers", "T5EncoderModel"));
        map.put("tokenizer", List.of("transformers", "T5Tokenizer"));
        map.put("transformer", List.of("diffusers", "CogVideoXTransformer3DModel"));
        map.put("vae", List.of("diffusers", "AutoencoderKLCogVideoX"));
        return map;
    }

    /** {@code scheduler/scheduler_config.json}; the class is the sampler the authors recommend. */
    Map<String, Object> scheduler() {
        return SchedulerFile.toMap(
                sampler(), transformer.rotary() ? SchedulerFile.COGVIDEOX_5B : SchedulerFile.COGVIDEOX_2B);
    }

    /** {@code vae/config.json}: one VAE serves all models, with a scale of their own. */
    Map<String, ?> vae() {
        VaeConfig published = VaeConfig.COGVIDEOX_2B;
        double scaling = transformer.rotary() ? SCALING : published.scalingFactor();
        return published.withScaling(scaling, transformer.patchFrames() > 0).toMap();
    }

    private SchedulerType sampler() {
        return transformer.rotary() ? SchedulerType.DPM : SchedulerType.DDIM;
    }

    /** Drops the table of fixed positions that the authors' 2b keeps: it is computed anew for every size. */
    static Map<String, StoredTensor> withoutFixedPositions(
            Map<String, StoredTensor> tensors, TransformerConfig config) {
        Map<String, StoredTensor> kept = new LinkedHashMap<>(tensors);
        if (!config.learned() && !config.rotary()) {
            kept.remove(SatTransformerKeys.LEARNED);
        }
        return kept;
    }

    private boolean isImageModel() {
        return transformer.inChannels() > transformer.outChannels();
    }

    private TransformerConfig recognise() {
        long[] proj = shape(PROJ, 2);
        boolean first = proj.length == CONVOLUTION_RANK; // 1.5 projects patches of two frames by a linear map
        TransformerConfig like = first ? TransformerConfig.COGVIDEOX_5B : TransformerConfig.COGVIDEOX_1_5_5B;
        long patchFrames = first ? 0 : PATCH_FRAMES_1_5;
        long volume = PATCH * PATCH * Math.max(1, patchFrames);
        long in = first ? proj[1] : proj[1] / volume;
        long out = shape("proj_out.weight", 1)[0] / volume;
        long headDim = Math.max(1, shape("transformer_blocks.0.attn1.norm_q.weight", 1)[0]);
        boolean table = tensors.containsKey(SatTransformerKeys.LEARNED);
        boolean narrow = proj[0] <= TransformerConfig.COGVIDEOX_2B.width();
        boolean fixed = first && in == out && (table || narrow); // 2b alone has fixed positions
        StoredTensor offset = tensors.get("ofs_embedding.linear_1.weight");
        Map<String, Object> shapes = new HashMap<>();
        shapes.put("num_attention_heads", proj[0] / headDim);
        shapes.put("attention_head_dim", headDim);
        shapes.put("num_layers", layers());
        shapes.put("in_channels", in);
        shapes.put("out_channels", out);
        shapes.put("text_embed_dim", shape("patch_embed.text_proj.weight", 2)[1]);
        shapes.put("time_embed_dim", shape("time_embedding.linear_1.weight", 1)[0]);
        shapes.put("ofs_embed_dim", offset == null ? 0 : shape("ofs_embedding.linear_1.weight", 1)[0]);
        shapes.put("patch_size", PATCH);
        shapes.put("patch_size_t", patchFrames);
        shapes.put("use_rotary_positional_embeddings", !fixed);
        shapes.put("use_learned_positional_embeddings", table && !fixed);
        return like.with(shapes);
    }

    private long layers() {
        List<String> found = new ArrayList<>();
        for (int i = 0; tensors.containsKey("transformer_blocks." + i + ".attn1.norm_q.weight"); i++) {
            found.add(Integer.toString(i));
        }
        return found.size();
    }

    private long[] shape(String key, int rank) {
        @Nullable StoredTensor tensor = tensors.get(key);
        if (tensor == null || tensor.shape().length < rank) {
            throw new WeightsException((tensor == null ? "no tensor for '" : "too few axes of '") + key
                    + "'; this is no CogVideoX transformer in the authors' form");
        }
        return tensor.shape();
    }
}
