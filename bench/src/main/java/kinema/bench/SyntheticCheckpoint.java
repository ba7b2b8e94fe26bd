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
import kinema.tensor.Tensors;
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
 * Writes checkpoints in the published layout with the real shapes of CogVideoX-2b and -5b, of Show-1 and of T5-XXL, and
 * random bfloat16 weights: what memory and time a published model takes can be measured with them, not what it draws.
 */
public final class SyntheticCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Numbers that are drawn for a tensor. */
    private static final long DRAWN = 1 << 20;

    private final Path folder;
    private final Rng rng;

    private SyntheticCheckpoint(Path folder, Rng rng) {
        this.folder = folder;
        this.rng = rng;
    }

    /**
     * Writes {@code 2b}, {@code 5b}, {@code show1} and the text encoder that all point to.
     *
     * @param args the folder for them, the folder of the tests' golden files, and which are wanted; none for the first two
     */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Path golden = Path.of(args[1]);
        Path pieces = golden.resolve("cogvideox/tokenizer/spiece.model");
        try (Rng rng = new Rng(1)) {
            SyntheticCheckpoint writer = new SyntheticCheckpoint(folder, rng);
            List<String> wanted = args.length > 2 ? List.of(args).subList(2, args.length) : List.of("2b", "5b");
            writer.textEncoder();
            if (wanted.contains("2b")) {
                writer.model(
                        "2b", TransformerConfig.COGVIDEOX_2B, SchedulerType.DDIM, SchedulerFile.COGVIDEOX_2B, pieces);
            }
            if (wanted.contains("show1")) {
                new SyntheticShow1(writer, golden.resolve("show1"))
                        .write(folder, folder.resolve("text_encoder"), pieces);
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
        network(name, network);
        write(name + "/config.json", config);
    }

    /** Writes a network's weights. */
    void network(String name, Function<Weights, ?> network) throws IOException {
        System.out.println(folder.resolve(name));
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (LeafSpec leaf : ShapeTree.of(network)) {
            tensors.put(leaf.key(), new StoredTensor(ScalarType.BFloat16, leaf.shape(), false, () -> random(leaf)));
        }
        CheckpointWriter.write(folder.resolve(name), tensors, CheckpointWriter.SHARD_BYTES, ConversionListener.NONE);
    }

    /**
     * Ones for the scales of norms and zeros for biases; else normal, small enough that activations keep their size: the first
     * million numbers again and again, since drawing billions takes minutes.
     */
    private Tensor random(LeafSpec leaf) {
        long[] shape = leaf.shape();
        if (shape.length < 2) {
            double value = leaf.key().endsWith("bias") ? 0 : 1;
            return Scopes.keep(() -> Tensors.zeros(ScalarType.BFloat16, shape).fill_(new Scalar(value)));
        }
        double deviation = 1 / Math.sqrt(Math.max(1.0, (double) leaf.count() / shape[0]));
        return Scopes.keep(() -> {
            Tensor some = rng.randn(Math.min(leaf.count(), DRAWN))
                    .mul_(new Scalar(deviation))
                    .to(ScalarType.BFloat16);
            long times = (leaf.count() + DRAWN - 1) / DRAWN;
            return some.repeat(times).narrow(0, 0, leaf.count()).view(shape);
        });
    }

    private void write(String name, Map<String, ?> json) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
    }
}
