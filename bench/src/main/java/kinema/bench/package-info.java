/** Speed, measured against the machine's own matrix product. */
@NullMarked
package kinema.bench;

import org.jspecify.annotations.NullMarked;
