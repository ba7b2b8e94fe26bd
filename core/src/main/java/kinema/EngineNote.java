package kinema;

import kinema.tensor.Device;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Provenance} says of the program and machine that made a video; none of it makes it another video.
 *
 * @param version of Kinema
 * @param device what the networks computed on
 * @param platform operating system and processor, such as {@code linux-x86_64}; null where it was made before that was
 *     recorded
 */
public record EngineNote(
        String version, Device device, @Nullable String platform) {
    /** This program on this machine. */
    static EngineNote here(Device device) {
        return new EngineNote(Kinema.version(), device, Loader.getPlatform());
    }
}
