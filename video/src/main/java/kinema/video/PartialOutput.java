package kinema.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kinema.files.FileFailure;
import kinema.files.OutputPlace;
import kinema.files.Partial;
import org.jspecify.annotations.Nullable;

/**
 * An output under a hidden temporary name beside its target until it is complete.
 *
 * <p>{@link #commit} moves it into place in one step (file by file into a folder that exists already); {@link #discard}
 * removes it. What is neither when the JVM is told to stop is removed by a shutdown hook, so Ctrl-C leaves no half file.
 */
final class PartialOutput {
    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();
    private static @Nullable Thread hook;

    private final Path target;
    private final Path path;

    private PartialOutput(Path target, Path path) {
        this.target = target;
        this.path = path;
    }

    /** Chooses the temporary name, and makes the folders it needs. */
    static PartialOutput create(VideoTarget target) {
        installHook();
        OutputPlace.makeFolders(target.path());
        Path place = target.place();
        try {
            Path whole = Partial.followed(target.path());
            Partial.removeAbandoned(place, whole);
            // Not Files.createTempFile: its file would stay readable by the owner alone after the move.
            Path path = Partial.in(place, whole);
            UNFINISHED.add(path);
            if (target.format() == VideoFormat.FRAMES) {
                Files.createDirectory(path);
            }
            return new PartialOutput(whole, path);
        } catch (IOException e) {
            throw new VideoFileException("cannot write in " + place + ": " + FileFailure.writing(e), e);
        }
    }

    /** Where to write for now. */
    Path path() {
        return path;
    }

    /** Moves the finished output to its target, replacing an earlier one. */
    void commit() {
        try {
            if (Files.isDirectory(path) && Files.isDirectory(target)) {
                replaceFrames();
            } else {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new VideoFileException("cannot move the finished output to " + target + ": " + e, e);
        }
        UNFINISHED.remove(path);
    }

    private void replaceFrames() throws IOException {
        for (Path old : FrameFolder.earlierFrames(target)) {
            Files.delete(old);
        }
        for (Path frame : FrameFolder.earlierFrames(path)) {
            Files.move(frame, target.resolve(frame.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
        Files.delete(path);
    }

    /** Removes what was written. */
    void discard() {
        delete(path);
        UNFINISHED.remove(path);
    }

    private static synchronized void installHook() {
        if (hook == null) {
            hook = new Thread(() -> UNFINISHED.forEach(PartialOutput::delete), "kinema-partial-outputs");
            Runtime.getRuntime().addShutdownHook(hook);
        }
    }

    private static void delete(Path path) {
        try {
            Partial.delete(path);
        } catch (IOException e) {
            throw new VideoFileException("cannot remove the unfinished " + path + ": " + e, e);
        }
    }
}
