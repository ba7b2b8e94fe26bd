/** Reading files that others wrote: only what is a file, no more of it than it may have, and JSON without two meanings. */
@NullMarked
package kinema.files;

import org.jspecify.annotations.NullMarked;
