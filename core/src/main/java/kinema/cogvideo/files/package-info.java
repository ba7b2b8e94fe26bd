/** CogVideo's checkpoints: as their authors give them out, and in one folder of this project's own. */
@NullMarked
package kinema.cogvideo.files;

import org.jspecify.annotations.NullMarked;
