package kinema.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.SchedulerType;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.text.T5Config;
import kinema.text.T5Encoder;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConversionListener;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.StoredTensor;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Writes checkpoints in the published layout with the real shapes of CogVideoX-2b and -5b and of T5-XXL, and random
 * bfloat16 weights: what memory and time a published model takes can be measured with them, not what it draws.
 */
public final class SyntheticCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Rng rng;

    private SyntheticCheckpoint(Path folder, Rng rng) {
        this.folder = folder;
        this.rng = rng;
    }

    /**
     * Writes {@code 2b}, {@code 5b} and the text encoder that both point to.
     *
     * @param args the folder for them, a {@code spiece.model}, and which of the two are wanted; none for both
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Path pieces = Path.of(args[1]);
        try (Rng rng = new Rng(1)) {
            SyntheticCheckpoint writer = new SyntheticCheckpoint(folder, rng);
            List<String> wanted = args.length > 2 ? List.of(args).subList(2, args.length) : List.of("2b", "5b");
            writer.textEncoder();
            if (wanted.contains("2b")) {
                writer.model(
                        "2b", TransformerConfig.COGVIDEOX_2B, SchedulerType.DDIM, SchedulerFile.COGVIDEOX_2B, pieces);
            }
            if (wanted.contains("5b")) {
                writer.model(
                        "5b", TransformerConfig.COGVIDEOX_5B, SchedulerType.DPM, SchedulerFile.COGVIDEOX_5B, pieces);
            }
        }
    }

    private void textEncoder() throws IOException {
        network("text_encoder", T5Config.XXL.toMap(), w -> new T5Encoder(w, T5Config.XXL));
    }

    private void model(String name, TransformerConfig t, SchedulerType sampler, ScheduleConfig schedule, Path pieces)
            throws IOException {
        network(name + "/transformer", t.toMap(), w -> new ExpertTransformer(w, t));
        VaeConfig vae = VaeConfig.COGVIDEOX_2B;
        network(name + "/vae", vae.toMap(), w -> new Vae(w, vae));
        write(name + "/scheduler/scheduler_config.json", SchedulerFile.toMap(sampler, schedule));
        write(
                name + "/model_index.json",
                Map.of(
                        "_class_name", "CogVideoXPipeline",
                        "scheduler", List.of("diffusers", SchedulerFile.className(sampler)),
                        "text_encoder", List.of("transformers", "T5EncoderModel"),
                        "tokenizer", List.of("transformers", "T5Tokenizer"),
                        "transformer", List.of("diffusers", "CogVideoXTransformer3DModel"),
                        "vae", List.of("diffusers", "AutoencoderKLCogVideoX")));
        Path tokenizer = Files.createDirectories(folder.resolve(name).resolve("tokenizer"));
        Files.copy(pieces, tokenizer.resolve("spiece.model"));
        Files.createSymbolicLink(folder.resolve(name).resolve("text_encoder"), Path.of("..", "text_encoder"));
    }

    private void network(String name, Map<String, ?> config, Function<Weights, ?> network) throws IOException {
        System.out.println(folder.resolve(name));
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (LeafSpec leaf : ShapeTree.of(network)) {
            tensors.put(leaf.key(), new StoredTensor(ScalarType.BFloat16, leaf.shape(), false, () -> random(leaf)));
        }
        CheckpointWriter.write(folder.resolve(name), tensors, CheckpointWriter.SHARD_BYTES, ConversionListener.NONE);
        write(name + "/config.json", config);
    }

    /** Ones for the scales of norms; else normal, small enough that activations keep their size. */
    private Tensor random(LeafSpec leaf) {
        long[] shape = leaf.shape();
        long outputs = shape.length > 0 ? shape[0] : 1;
        double deviation = 1 / Math.sqrt(Math.max(1.0, (double) leaf.count() / outputs));
        return Scopes.keep(() -> {
            Tensor x = rng.randn(shape);
            return shape.length == 1
                    ? (leaf.key().endsWith("bias") ? x.zero_() : x.fill_(new Scalar(1.0))).to(ScalarType.BFloat16)
                    : x.mul_(new Scalar(deviation)).to(ScalarType.BFloat16);
        });
    }

    private void write(String name, Map<String, ?> json) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
    }
}
