package kinema.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/** An FFmpeg frame with its own pixels, freed by {@link #close}. */
final class NativeFrame implements AutoCloseable {
    private final AVFrame frame;

    private NativeFrame(AVFrame frame) {
        this.frame = frame;
    }

    /** A frame without pixels, to receive others' into. */
    static NativeFrame empty() {
        return new NativeFrame(Ffmpeg.allocated(av_frame_alloc()));
    }

    /** A frame of this size and FFmpeg pixel format. */
    static NativeFrame of(int width, int height, int pixelFormat) {
        NativeFrame made = empty();
        made.frame.width(width).height(height).format(pixelFormat);
        int code = av_frame_get_buffer(made.frame, 0);
        if (code < 0) {
            made.close();
            Ffmpeg.check(code, "cannot allocate a " + width + "x" + height + " frame");
        }
        return made;
    }

    /** An RGB frame of this size. */
    static NativeFrame rgb(int width, int height) {
        return of(width, height, AV_PIX_FMT_RGB24);
    }

    AVFrame get() {
        return frame;
    }

    /** Makes sure that nobody else (an encoder, a filter) still reads the pixels, copying them if so. */
    NativeFrame writable() {
        Ffmpeg.check(av_frame_make_writable(frame), "cannot copy a frame");
        return this;
    }

    /** Copies packed RGB rows in; native rows may be longer than their pixels. */
    void put(byte[] rgb) {
        writable();
        int row = 3 * frame.width();
        BytePointer pixels = frame.data(0);
        for (int y = 0; y < frame.height(); y++) {
            pixels.position((long) y * frame.linesize(0)).put(rgb, y * row, row);
        }
    }

    /** Copies packed RGB rows out. */
    byte[] rgb() {
        int row = 3 * frame.width();
        byte[] rgb = new byte[row * frame.height()];
        BytePointer pixels = frame.data(0);
        for (int y = 0; y < frame.height(); y++) {
            pixels.position((long) y * frame.linesize(0)).get(rgb, y * row, row);
        }
        return rgb;
    }

    @Override
    public void close() {
        av_frame_free(frame);
    }
}
