package kinema.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Writes trained changes of low rank as the published loaders read them: keys {@code NETWORK.LAYER.lora_A.weight} and
 * {@code …lora_B.weight}, and metadata with rank and alpha, without which a loader takes alpha = rank.
 */
public final class LoraWriter {
    private LoraWriter() {}

    /**
     * Writes a file.
     *
     * @param file such as {@code pytorch_lora_weights.safetensors}
     * @param network the network's name in the keys, such as {@code transformer}
     * @param changes A and B by the keys that {@link LoraShape#tree} asked for
     */
    public static void write(Path file, String network, LoraShape shape, Map<String, Tensor> changes) {
        Map<String, Tensor> named = new LinkedHashMap<>();
        changes.forEach((key, tensor) -> named.put(network + "." + key, tensor));
        try {
            SafetensorsWriter.write(file, named, Map.of("format", "pt", LoraAlpha.KEY, metadata(network, shape)));
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": the LoRA cannot be written", e);
        }
    }

    private static String metadata(String network, LoraShape shape) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put(network + ".peft_type", "LORA");
        json.put(network + ".r", shape.rank());
        if (shape.alpha() == Math.rint(shape.alpha())) {
            json.put(network + ".lora_alpha", (long) shape.alpha());
        } else {
            json.put(network + ".lora_alpha", shape.alpha());
        }
        json.put(network + ".lora_dropout", 0.0);
        json.put(network + ".bias", "none");
        json.put(network + ".use_dora", false);
        json.put(network + ".use_rslora", false);
        json.putObject(network + ".alpha_pattern");
        json.putObject(network + ".rank_pattern");
        shape.targets().forEach(json.putArray(network + ".target_modules")::add);
        return json.toString();
    }
}
