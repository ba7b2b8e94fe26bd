/**
 * Training of Show-1: the networks of its stages, each told how noisy what it is given is and what a caption says, and the autoencoder of
 * its expert.
 */
@NullMarked
package kinema.train.show1;

import org.jspecify.annotations.NullMarked;
