package kinema.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes each frame as a PNG file of a folder, and the provenance beside them. */
final class PngEncoder implements FrameEncoder {
    private final Path folder;
    private final VideoSpec spec;
    private int frames;

    PngEncoder(Path folder, VideoSpec spec) {
        this.folder = folder;
        this.spec = spec;
    }

    @Override
    public void add(byte[] rgb) {
        if (frames == FrameFolder.MAX_FRAMES) {
            throw new IllegalArgumentException(
                    "a folder holds at most " + FrameFolder.MAX_FRAMES + " frames; write .mp4 or .webm");
        }
        new Picture(spec.width(), spec.height(), rgb).writePng(folder.resolve(FrameFolder.frameName(frames++)));
    }

    @Override
    public void finish() {
        if (spec.provenance() == null) {
            return;
        }
        Path file = folder.resolve(FrameFolder.PROVENANCE);
        try {
            Files.writeString(file, spec.provenance());
        } catch (IOException e) {
            throw new VideoFileException("cannot write " + file + ": " + e, e);
        }
    }

    @Override
    public void close() {
        // Every picture is closed as soon as it is written.
    }
}
