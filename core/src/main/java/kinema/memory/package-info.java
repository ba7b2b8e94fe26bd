/** What a run takes in memory, known before it starts, and what all runs of the process may take together. */
@NullMarked
package kinema.memory;

import org.jspecify.annotations.NullMarked;
