/** Data of training: clips from folders, the world and mixtures; batches by size; prefetching; latents and text states on disk. */
@NullMarked
package kinema.train.data;

import org.jspecify.annotations.NullMarked;
