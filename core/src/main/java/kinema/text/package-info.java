/** From token ids to text states: the encoders that systems condition on. */
@NullMarked
package kinema.text;

import org.jspecify.annotations.NullMarked;
