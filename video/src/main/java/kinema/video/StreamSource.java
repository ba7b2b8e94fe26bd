package kinema.video;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/** The decoded frames of a video file as RGB. */
final class StreamSource implements FrameSource {
    private final Path file;
    private final Decoder decoder;
    private final int width;
    private final int height;
    private final double fps;
    private final NativeFrame rgb;
    private @Nullable PixelConverter converter;

    StreamSource(Path file) {
        this.file = file;
        MediaInput input = new MediaInput(file);
        decoder = new Decoder(input);
        width = input.parameters().width();
        height = input.parameters().height();
        try {
            if (width < 1 || height < 1) {
                throw new VideoFileException(file + " is damaged: its frames are " + width + "x" + height);
            }
            fps = input.fps();
            rgb = NativeFrame.rgb(width, height);
        } catch (RuntimeException e) {
            decoder.close();
            throw e;
        }
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public double fps() {
        return fps;
    }

    @Override
    public byte @Nullable [] next() {
        AVFrame frame = decoder.next();
        if (frame == null) {
            return null;
        }
        if (frame.width() != width || frame.height() != height) {
            throw new VideoFileException(file + " changes its size from " + width + "x" + height + " to "
                    + frame.width() + "x" + frame.height());
        }
        if (converter == null) {
            converter = PixelConverter.toRgb(frame);
        }
        converter.convert(frame, rgb.get());
        return rgb.rgb();
    }

    @Override
    public void close() {
        if (converter != null) {
            converter.close();
        }
        rgb.close();
        decoder.close();
    }
}
