package kinema.cogvideox.files;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.weights.LoraNames;
import org.jspecify.annotations.Nullable;

/**
 * The keys of LoRAs for the expert transformer. The authors' own training code names the factors of its fused attention
 * projections by number: query, key, value.
 */
public final class CogVideoXLoraNames implements LoraNames {
    private static final Pattern AUTHORS =
            Pattern.compile("(?:model\\.diffusion_model\\.)?transformer\\.layers\\.(\\d+)\\.attention\\."
                    + "(?:(query_key_value)\\.matrix_([AB])\\.([012])|dense\\.matrix_([AB])\\.0)");

    @Override
    public String network() {
        return "transformer";
    }

    @Override
    public @Nullable String published(String key) {
        Matcher m = AUTHORS.matcher(key);
        if (!m.matches()) {
            return null;
        }
        String attention = "transformer_blocks." + m.group(1) + ".attn1.";
        return m.group(2) == null
                ? attention + "to_out.0.lora_" + m.group(5) + ".weight"
                : attention + "to_" + "qkv".charAt(Integer.parseInt(m.group(4))) + ".lora_" + m.group(3) + ".weight";
    }

    @Override
    public double authorsAlpha() {
        return 1;
    }
}
