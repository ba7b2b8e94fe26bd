/** CogView2's super-resolution of image tokens: at once, and again in rounds. */
@NullMarked
package kinema.cogvideo.upscale;

import org.jspecify.annotations.NullMarked;
