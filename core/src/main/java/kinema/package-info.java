/** The library's front door: what a program that embeds Kinema needs. */
@NullMarked
package kinema;

import org.jspecify.annotations.NullMarked;
