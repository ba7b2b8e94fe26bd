/** CogVideo (2022): a sentence, then image tokens frame by frame, then frames. */
@NullMarked
package kinema.cogvideo;

import org.jspecify.annotations.NullMarked;
