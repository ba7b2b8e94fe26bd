package kinema.train.world;

import java.util.List;

/**
 * The exact path of a clip's subject.
 *
 * @param poses one per frame, in frame widths
 */
public record Track(List<Pose> poses) {
    /** Copies the list. */
    public Track {
        poses = List.copyOf(poses);
    }

    /** The pose in the first frame. */
    public Pose first() {
        return poses.get(0);
    }

    /** The pose in the last frame. */
    public Pose last() {
        return poses.get(poses.size() - 1);
    }
}
