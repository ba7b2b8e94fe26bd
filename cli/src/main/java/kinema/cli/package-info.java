/** The command line: one class per command. */
@NullMarked
package kinema.cli;

import org.jspecify.annotations.NullMarked;
