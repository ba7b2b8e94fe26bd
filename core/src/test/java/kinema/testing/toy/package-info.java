/** Two small systems of other kinds than the real ones, to hold the seam against: a cascade and a model of tokens. */
@NullMarked
package kinema.testing.toy;

import org.jspecify.annotations.NullMarked;
