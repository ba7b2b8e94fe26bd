/** What every other room stands on: native memory, shapes, dtypes, random numbers. */
@NullMarked
package kinema.tensor;

import org.jspecify.annotations.NullMarked;
