/** Text vocabularies that are trained here. */
@NullMarked
package kinema.train.text;

import org.jspecify.annotations.NullMarked;
