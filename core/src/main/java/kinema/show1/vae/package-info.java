/** The autoencoder of Show-1's last stage, one frame at a time. */
@NullMarked
package kinema.show1.vae;

import org.jspecify.annotations.NullMarked;
