package kinema.video;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pictures of a folder as frames. */
final class PictureSource implements FrameSource {
    private final List<Path> files;
    private final double fps;
    private final Picture first;
    private int read;

    PictureSource(Path folder, double fps) {
        files = FrameFolder.pictures(folder);
        this.fps = fps;
        first = Picture.read(files.get(0));
    }

    @Override
    public int width() {
        return first.width();
    }

    @Override
    public int height() {
        return first.height();
    }

    @Override
    public double fps() {
        return fps;
    }

    @Override
    public byte @Nullable [] next() {
        if (read == files.size()) {
            return null;
        }
        Path file = files.get(read++);
        Picture picture = Picture.read(file);
        if (picture.width() != width() || picture.height() != height()) {
            throw new VideoFileException("the pictures of a folder must have one size: "
                    + files.get(0).getFileName()
                    + " is " + width() + "x" + height() + ", " + file.getFileName() + " is " + picture.width() + "x"
                    + picture.height());
        }
        return picture.rgb();
    }

    @Override
    public void close() {
        // Every picture is closed as soon as it is read.
    }
}
