package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;

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
                        "libopenh264",
                        AV_PIX_FMT_YUV420P,
                        Map.of(
                                "b",
                                Long.toString(h264BitsPerSecond(spec)),
                                "profile",
                                "high",
                                "allow_skip_frames",
                                "0"),
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

    private static long h264BitsPerSecond(VideoSpec spec) {
        double wanted = H264_BITS_PER_PIXEL * spec.width() * spec.height() * spec.fps();
        return Math.round(Math.min(H264_MAX_BITS_PER_SECOND, Math.max(H264_MIN_BITS_PER_SECOND, wanted)));
    }
}
