package kinema.cogvideox.files;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.weights.StoredTensor;

/** From the VAE's names in the authors' training code (SAT) to the published ones. The decoder's levels count the other way. */
final class SatVaeKeys {
    private static final Pattern UP = Pattern.compile("decoder\\.up\\.(\\d+)\\.(.+)");

    private SatVaeKeys() {}

    /** The tensors by published key, without those of the training loss; a key that is not known keeps its name. */
    static Map<String, StoredTensor> published(Map<String, StoredTensor> authors) {
        int last = authors.keySet().stream()
                .map(UP::matcher)
                .filter(Matcher::matches)
                .mapToInt(m -> Integer.parseInt(m.group(1)))
                .max()
                .orElse(0);
        Map<String, StoredTensor> published = new LinkedHashMap<>();
        authors.forEach((key, tensor) -> {
            if (!key.startsWith("loss.")) {
                published.put(renamed(key, last), tensor);
            }
        });
        return published;
    }

    private static String renamed(String key, int last) {
        Matcher up = UP.matcher(key);
        String level =
                up.matches() ? "decoder.up_blocks." + (last - Integer.parseInt(up.group(1))) + "." + up.group(2) : key;
        return level.replace("encoder.down.", "encoder.down_blocks.")
                .replace(".mid.block_1.", ".mid_block.resnets.0.")
                .replace(".mid.block_2.", ".mid_block.resnets.1.")
                .replace(".block.", ".resnets.")
                .replace(".downsample.", ".downsamplers.0.")
                .replace(".upsample.", ".upsamplers.0.")
                .replace(".nin_shortcut.", ".conv_shortcut.");
    }
}
