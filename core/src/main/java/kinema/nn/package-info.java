/** Layers that more than one network uses with the same numerics. */
@NullMarked
package kinema.nn;

import org.jspecify.annotations.NullMarked;
