package kinema.cogvideox;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private static final double SNR_SHIFT_2B = 3;
    private static final double SNR_SHIFT = 1;
    private static final double SCALING_2B = 1.15258426;
    private static final double SCALING = 0.7;

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
        map.put("scheduler", List.of("diffusers", scheduler().get("_class_name")));
        map.put("text_encoder", List.of("transformers", "T5EncoderModel"));
        map.put("tokenizer", List.of("transformers", "T5Tokenizer"));
        map.put("transformer", List.of("diffusers", "CogVideoXTransformer3DModel"));
        map.put("vae", List.of("diffusers", "AutoencoderKLCogVideoX"));
        return map;
    }

    /** {@code scheduler/scheduler_config.json}; the class is the sampler the authors recommend. */
    Map<String, Object> scheduler() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", transformer.rotary() ? "CogVideoXDPMScheduler" : "CogVideoXDDIMScheduler");
        map.put("beta_end", 0.012);
        map.put("beta_schedule", "scaled_linear");
        map.put("beta_start", 0.00085);
        map.put("clip_sample", false);
        map.put("num_train_timesteps", 1000);
        map.put("prediction_type", "v_prediction");
        map.put("rescale_betas_zero_snr", true);
        map.put("set_alpha_to_one", true);
        map.put("snr_shift_scale", transformer.rotary() ? SNR_SHIFT : SNR_SHIFT_2B);
        map.put("steps_offset", 0);
        map.put("timestep_spacing", "trailing");
        return map;
    }

    /** {@code vae/config.json}: one VAE serves all models, with a scale of their own. */
    Map<String, ?> vae() {
        VaeConfig c = VaeConfig.COGVIDEOX_2B;
        int levels = c.blockOutChannels().size();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", "AutoencoderKLCogVideoX");
        map.put("act_fn", "silu");
        map.put("block_out_channels", c.blockOutChannels());
        map.put("down_block_types", Collections.nCopies(levels, "CogVideoXDownBlock3D"));
        map.put("force_upcast", true);
        map.put("in_channels", c.inChannels());
        map.put("invert_scale_latents", transformer.patchFrames() > 0);
        map.put("latent_channels", c.latentChannels());
        map.put("layers_per_block", c.layersPerBlock());
        map.put("norm_eps", c.normEps());
        map.put("norm_num_groups", c.normGroups());
        map.put("out_channels", c.outChannels());
        map.put("sample_height", c.sampleHeight());
        map.put("sample_width", c.sampleWidth());
        map.put("scaling_factor", transformer.rotary() ? SCALING : SCALING_2B);
        map.put("temporal_compression_ratio", c.temporalCompression());
        map.put("up_block_types", Collections.nCopies(levels, "CogVideoXUpBlock3D"));
        map.put("use_post_quant_conv", false);
        map.put("use_quant_conv", false);
        return map;
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
        long[] proj = shape(PROJ);
        boolean first = proj.length == CONVOLUTION_RANK; // 1.5 projects patches of two frames by a linear map
        TransformerConfig like = first ? TransformerConfig.COGVIDEOX_5B : TransformerConfig.COGVIDEOX_1_5_5B;
        long patchFrames = first ? 0 : PATCH_FRAMES_1_5;
        long volume = PATCH * PATCH * Math.max(1, patchFrames);
        long in = first ? proj[1] : proj[1] / volume;
        long out = shape("proj_out.weight")[0] / volume;
        long headDim = shape("transformer_blocks.0.attn1.norm_q.weight")[0];
        boolean table = tensors.containsKey(SatTransformerKeys.LEARNED);
        boolean narrow = proj[0] <= TransformerConfig.COGVIDEOX_2B.width();
        boolean fixed = first && in == out && (table || narrow); // 2b alone has fixed positions
        StoredTensor offset = tensors.get("ofs_embedding.linear_1.weight");
        return new TransformerConfig(
                proj[0] / headDim,
                headDim,
                layers(),
                in,
                out,
                shape("patch_embed.text_proj.weight")[1],
                shape("time_embedding.linear_1.weight")[0],
                offset == null ? 0 : offset.shape()[0],
                like.maxTextLength(),
                PATCH,
                patchFrames,
                like.sampleWidth(),
                like.sampleHeight(),
                like.sampleFrames(),
                like.temporalCompression(),
                like.spatialScale(),
                like.temporalScale(),
                like.normEps(),
                !fixed,
                table && !fixed);
    }

    private long layers() {
        List<String> found = new ArrayList<>();
        for (int i = 0; tensors.containsKey("transformer_blocks." + i + ".attn1.norm_q.weight"); i++) {
            found.add(Integer.toString(i));
        }
        return found.size();
    }

    private long[] shape(String key) {
        @Nullable StoredTensor tensor = tensors.get(key);
        if (tensor == null || tensor.shape().length == 0) {
            throw new WeightsException(
                    "no tensor for '" + key + "'; this is no CogVideoX transformer in the authors' form");
        }
        return tensor.shape();
    }
}
