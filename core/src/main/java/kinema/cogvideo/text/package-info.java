/** CogVideo's texts: icetk's vocabulary, and what stands in front of a sequence of frames. */
@NullMarked
package kinema.cogvideo.text;

import org.jspecify.annotations.NullMarked;
