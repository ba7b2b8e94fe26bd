package kinema.train;

import kinema.Video;

/**
 * One example to learn from.
 *
 * @param video the frames
 * @param caption a sentence saying what they show
 */
public record CaptionedClip(Video video, String caption) {}
