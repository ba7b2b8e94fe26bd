package kinema;

import kinema.weights.LoraFile;

/**
 * What is kept of a LoRA in a {@link Provenance}.
 *
 * @param name of its file
 * @param digest SHA-256 in hex over the file: size and contents, of a very large one samples
 * @param scale what its change was multiplied by
 */
public record LoraNote(String name, String digest, double scale) {
    static LoraNote of(LoraFile lora) {
        return new LoraNote(lora.name(), CheckpointDigest.ofFile(lora.file()), lora.scale());
    }
}
