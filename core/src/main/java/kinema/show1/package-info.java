/** Show-1: a cascade of pixel and latent video diffusion. */
@NullMarked
package kinema.show1;

import org.jspecify.annotations.NullMarked;
