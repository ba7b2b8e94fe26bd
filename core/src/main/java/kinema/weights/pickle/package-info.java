/** Python's pickles as plain data. Nothing a pickle says is ever run; what is no plain data is refused by name. */
@NullMarked
package kinema.weights.pickle;

import org.jspecify.annotations.NullMarked;
