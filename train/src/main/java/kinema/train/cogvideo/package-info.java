/**
 * Training of CogVideo (2022): its image autoencoder with codebook and clusters, rows of tokens, and the
 * networks that make tokens.
 */
@NullMarked
package kinema.train.cogvideo;

import org.jspecify.annotations.NullMarked;
