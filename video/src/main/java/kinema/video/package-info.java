/**
 * Video files: writing MP4, WebM, GIF and folders of PNG frames, reading them back, and asking what a file holds.
 *
 * <p>Works on plain {@link kinema.Video} frames through FFmpeg's libraries; nothing here knows tensors.
 */
@NullMarked
package kinema.video;

import org.jspecify.annotations.NullMarked;
