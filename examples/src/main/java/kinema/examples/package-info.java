/** What an embedding program looks like. Each class is a program of its own. */
@NullMarked
package kinema.examples;

import org.jspecify.annotations.NullMarked;
