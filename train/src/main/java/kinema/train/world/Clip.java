package kinema.train.world;

import kinema.Video;

/**
 * One rendered example.
 *
 * @param video the frames
 * @param caption a sentence saying what they show
 * @param scenario the same as data
 * @param track where the subject is in every frame
 */
public record Clip(Video video, String caption, Scenario scenario, Track track) {}
