/** Training of CogVideoX: its transformer on latents and text states, its 3D VAE, and the folder both are published in. */
@NullMarked
package kinema.train.cogvideox;

import org.jspecify.annotations.NullMarked;
