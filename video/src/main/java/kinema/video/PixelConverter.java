package kinema.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Converts frames of one size between RGB and a codec's pixel format.
 *
 * <p>The matrix between RGB and YUV is the one the file states; where it states none, the players' convention holds: BT.601
 * below 720 rows, BT.709 from there on.
 */
final class PixelConverter implements AutoCloseable {
    private static final int FIRST_HD_HEIGHT = 720;
    private static final int FLAGS = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
    private static final int ONE = 1 << 16; // contrast and saturation are 16.16 fixed-point factors

    private final SwsContext context;

    private PixelConverter(SwsContext context) {
        this.context = context;
    }

    /** From RGB to limited-range 4:2:0 with {@link #matrixOf} the height. */
    static PixelConverter toYuv(int width, int height) {
        SwsContext context = context(width, height, AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P);
        setMatrix(context, matrixOf(height), 1, 0);
        return new PixelConverter(context);
    }

    /** From whatever the decoder gave, judged by this first frame, to RGB. */
    static PixelConverter toRgb(AVFrame frame) {
        SwsContext context = context(frame.width(), frame.height(), frame.format(), AV_PIX_FMT_RGB24);
        int stated = frame.colorspace();
        boolean known = stated != AVCOL_SPC_UNSPECIFIED && stated != AVCOL_SPC_RGB;
        boolean fullRange = frame.color_range() == AVCOL_RANGE_JPEG;
        setMatrix(context, known ? stated : matrixOf(frame.height()), fullRange ? 1 : 0, 1);
        return new PixelConverter(context);
    }

    /** FFmpeg's number of the conventional matrix for a picture height. */
    static int matrixOf(int height) {
        return height < FIRST_HD_HEIGHT ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709;
    }

    /** FFmpeg's number of the range {@link #toYuv} produces. */
    static int yuvRange() {
        return AVCOL_RANGE_MPEG;
    }

    /** Converts all pixels; timestamps are left alone. */
    void convert(AVFrame from, AVFrame to) {
        int rows = sws_scale(context, from.data(), from.linesize(), 0, from.height(), to.data(), to.linesize());
        Ffmpeg.check(rows, "cannot convert the pixels of a frame");
    }

    @Override
    public void close() {
        sws_freeContext(context);
    }

    private static SwsContext context(int width, int height, int from, int to) {
        SwsContext context =
                sws_getContext(width, height, from, width, height, to, FLAGS, null, null, (DoublePointer) null);
        if (context == null || context.isNull()) {
            throw new VideoFileException("FFmpeg cannot convert between pixel formats " + from + " and " + to);
        }
        return context;
    }

    /** Ranges are 1 for full (0 to 255), 0 for limited (16 to 235). FFmpeg ignores this where no YUV is involved. */
    private static void setMatrix(SwsContext context, int matrix, int fromRange, int toRange) {
        sws_setColorspaceDetails(
                context, sws_getCoefficients(matrix), fromRange, sws_getCoefficients(matrix), toRange, 0, ONE, ONE);
    }
}
