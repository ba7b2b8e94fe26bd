/**
 * What a system of models is: the seam between the front door and the systems. A system is a package that implements
 * {@link kinema.system.VideoSystem} and a line in the front door's list; nothing here names one.
 */
@NullMarked
package kinema.system;

import org.jspecify.annotations.NullMarked;
