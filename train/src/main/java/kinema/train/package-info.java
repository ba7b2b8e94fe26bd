/** Training of networks: recipes, the loop, the optimiser, and what a run leaves behind. */
@NullMarked
package kinema.train;

import org.jspecify.annotations.NullMarked;
