/**
 * A draft decoder: CogVideoX's latents to pictures by a small network of the architecture of TAEHV, in a few hundredths of the
 * time and memory that the VAE's decoder takes, and a little less exactly.
 *
 * @see <a href="https://github.com/madebyollin/taehv">TAEHV, with weights for CogVideoX: taecvx</a>
 */
@NullMarked
package kinema.cogvideox.draft;

import org.jspecify.annotations.NullMarked;
