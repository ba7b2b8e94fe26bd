package kinema;

import java.util.ServiceLoader;
import kinema.tensor.Dependency;

/** Finds the {@link VideoStorage} on the class path. */
final class InstalledStorage {
    private InstalledStorage() {}

    /**
     * The first there is.
     *
     * @throws IllegalStateException when there is none, with what to add
     */
    static VideoStorage get() {
        return in(InstalledStorage.class.getClassLoader());
    }

    static VideoStorage in(ClassLoader loader) {
        return ServiceLoader.load(VideoStorage.class, loader)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("video files are read and written by kinema-video, which is"
                                + " not on the class path; " + Dependency.toAdd("kinema-video")));
    }
}
