/** The image autoencoder of icetk: pictures to ids of a codebook and back, at three rates. */
@NullMarked
package kinema.cogvideo.image;

import org.jspecify.annotations.NullMarked;
