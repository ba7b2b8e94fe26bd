@NullMarked
package kinema.train.world;

import org.jspecify.annotations.NullMarked;
