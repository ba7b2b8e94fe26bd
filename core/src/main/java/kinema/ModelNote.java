package kinema;

import java.util.List;
import java.util.Optional;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Provenance} says of the model.
 *
 * @param system it belongs to; null where it was made before that was recorded
 * @param name of its folder
 * @param digest SHA-256 in hex over the folder's files: names, sizes and contents, of very large ones samples
 * @param loras what was added to the denoising network's weights
 * @param draftDecoder tells what made the pictures from all other draft decoders; empty where the autoencoder made them
 * @param dtype what the networks computed in
 * @param quant in how many bits the denoising network's largest matrices were
 */
public record ModelNote(
        @Nullable String system,
        String name,
        String digest,
        List<LoraNote> loras,
        Optional<String> draftDecoder,
        Precision dtype,
        Quantization quant) {
    /** Keeps a copy of the list. */
    public ModelNote {
        loras = List.copyOf(loras);
    }

    /** The same of pictures that a draft decoder made, or not. */
    ModelNote withDraftDecoder(Optional<String> other) {
        return new ModelNote(system, name, digest, loras, other, dtype, quant);
    }
}
