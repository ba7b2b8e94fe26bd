package kinema.cli;

import java.util.List;
import kinema.diffusion.PipelineDescription;

/**
 * What a generation at the model's own size needs at its peak, in bytes; an estimate.
 *
 * @param weights of all networks in 32-bit numbers
 * @param denoising activations of one denoising step
 * @param decoding activations of the latents' decoding
 */
record MemoryNeed(long weights, long denoising, long decoding) {
    static MemoryNeed of(List<Network> networks, PipelineDescription description) {
        long weights = networks.stream().mapToLong(Network::bytesInFloat32).sum();
        return new MemoryNeed(weights, description.denoisingBytes(), description.decodingBytes());
    }

    /** Denoising and decoding follow one another, so the larger one counts. */
    long peak() {
        return weights + Math.max(denoising, decoding);
    }
}
