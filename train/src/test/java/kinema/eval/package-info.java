@NullMarked
package kinema.eval;

import org.jspecify.annotations.NullMarked;
