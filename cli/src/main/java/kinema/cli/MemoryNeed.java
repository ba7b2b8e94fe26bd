package kinema.cli;

import java.util.List;
import kinema.diffusion.PipelineDescription;

/**
 * What a generation at the model's own size needs at its peak, in bytes; an estimate.
 *
 * @param networks weights of the networks that stay, in 32-bit numbers
 * @param text weights of the text encoder, which goes once the prompt is encoded, in 32-bit numbers
 * @param denoising activations of one denoising step
 * @param decoding activations of the latents' decoding
 */
record MemoryNeed(long networks, long text, long denoising, long decoding) {
    private static final String TEXT_ENCODER = "text_encoder";

    static MemoryNeed of(List<Network> networks, PipelineDescription description) {
        long all = networks.stream().mapToLong(Network::bytesInFloat32).sum();
        long text = networks.stream()
                .filter(n -> n.name().startsWith(TEXT_ENCODER))
                .mapToLong(Network::bytesInFloat32)
                .sum();
        return new MemoryNeed(all - text, text, description.denoisingBytes(), description.decodingBytes());
    }

    /** Encoding, denoising and decoding follow one another, so the largest of them counts. */
    long peak() {
        return networks + Math.max(text, Math.max(denoising, decoding));
    }
}
