/** Files: those that others wrote, only what is a file, no more of it than it may have, JSON without two meanings; and names for what is unfinished. */
@NullMarked
package kinema.files;

import org.jspecify.annotations.NullMarked;
