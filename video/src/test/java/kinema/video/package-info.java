@NullMarked
package kinema.video;

import org.jspecify.annotations.NullMarked;
