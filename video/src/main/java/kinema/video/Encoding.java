package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.av_guess_format;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;

/**
 * How one format is encoded, in FFmpeg's names.
 *
 * @param muxer container
 * @param encoder the one encoder to use; there is no second choice
 * @param pixelFormat what the encoder takes
 * @param encoderOptions the encoder's options
 * @param muxerOptions the container's options
 */
record Encoding(
        String muxer,
        String encoder,
        int pixelFormat,
        Map<String, String> encoderOptions,
        Map<String, String> muxerOptions) {

    private static final String OPENH264 = "libopenh264";
    private static final String FINEST = "qmin";

    /** No finer than can be seen: below about 8 noise takes more bytes than the raw picture, and OpenH264's CABAC counts none. */
    private static final String H264_FINEST = "12";

    /** From 30 on OpenH264 has room for any picture; measured with black and white noise in all three planes. */
    private static final String H264_ANY_PICTURE = "32";

    /** Visually lossless for OpenH264 on generated clips at common sizes. */
    private static final double H264_BITS_PER_PIXEL = 0.6;

    /** Small or slow videos have less redundancy, and cost little anyway. */
    private static final long H264_MIN_BITS_PER_SECOND = 2_000_000;

    private static final long H264_MAX_BITS_PER_SECOND = 50_000_000;

    /** The choices for a format. {@code bitexact} leaves out random numbers, so equal frames give equal files. */
    static Encoding of(VideoFormat format, VideoSpec spec) {
        return switch (format) {
            case MP4 ->
                new Encoding(
                        "mp4",
                        OPENH264,
                        AV_PIX_FMT_YUV420P,
                        Map.of(
                                "b",
                                Long.toString(h264BitsPerSecond(spec)),
                                "profile",
                                "high",
                                "allow_skip_frames",
                                "0",
                                FINEST,
                                H264_FINEST),
                        Map.of("movflags", "+faststart", "fflags", "+bitexact"));
            case WEBM ->
                new Encoding(
                        "webm",
                        "libvpx-vp9",
                        AV_PIX_FMT_YUV420P,
                        // Constant quality: a bit rate of 0 makes crf alone decide.
                        Map.of("b", "0", "crf", "20", "deadline", "good", "cpu-used", "4", "row-mt", "1"),
                        Map.of("fflags", "+bitexact"));
            case GIF -> new Encoding("gif", "gif", AV_PIX_FMT_PAL8, Map.of(), Map.of("loop", "0"));
            case FRAMES -> throw new IllegalArgumentException("a folder of frames has no container");
        };
    }

    /**
     * What to go on with when the encoder gives up on a picture; empty where it never does. OpenH264 has room for two thirds
     * of the raw picture, which noise exceeds when it is coded finely, and is of no more use when that is not enough.
     */
    Optional<Encoding> forAnyPicture() {
        if (!encoder.equals(OPENH264) || H264_ANY_PICTURE.equals(encoderOptions.get(FINEST))) {
            return Optional.empty();
        }
        Map<String, String> options = new HashMap<>(encoderOptions);
        options.put(FINEST, H264_ANY_PICTURE);
        return Optional.of(new Encoding(muxer, encoder, pixelFormat, options, muxerOptions));
    }

    /** Finds the encoder, or says that this FFmpeg lacks it. */
    AVCodec find() {
        Ffmpeg.silence();
        AVCodec codec = avcodec_find_encoder_by_name(encoder);
        if (codec == null || codec.isNull()) {
            throw new VideoFileException("this build of FFmpeg has no encoder '" + encoder + "', which " + muxer
                    + " needs; use org.bytedeco:ffmpeg as Kinema's POM names it, or write a folder of PNG frames");
        }
        return codec;
    }

    /** Whether the container wants what is the same for all pictures in its header, not beside them. */
    boolean globalHeader() {
        AVOutputFormat format = av_guess_format(muxer, null, null);
        return format != null && !format.isNull() && (format.flags() & AVFMT_GLOBALHEADER) != 0;
    }

    private static long h264BitsPerSecond(VideoSpec spec) {
        double wanted = H264_BITS_PER_PIXEL * spec.width() * spec.height() * spec.fps();
        return Math.round(Math.min(H264_MAX_BITS_PER_SECOND, Math.max(H264_MIN_BITS_PER_SECOND, wanted)));
    }
}
