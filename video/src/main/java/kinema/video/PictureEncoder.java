package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_I;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/** FFmpeg's encoder of one {@link Encoding}: pictures in, packets out. Freed by {@link #close}, also more than once. */
final class PictureEncoder implements AutoCloseable {
    /** Largest denominator of a rate; holds 24000/1001 and its like exactly. */
    private static final int MAX_RATE_TERM = 1_001_000;

    private final AVCodecContext context;

    PictureEncoder(Encoding encoding, VideoSpec spec) {
        AVCodec codec = encoding.find();
        context = Ffmpeg.allocated(avcodec_alloc_context3(codec));
        try (PointerScope scope = new PointerScope()) {
            open(codec, encoding, spec);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void open(AVCodec codec, Encoding encoding, VideoSpec spec) {
        AVRational rate = av_d2q(spec.fps(), MAX_RATE_TERM);
        context.width(spec.width()).height(spec.height()).pix_fmt(encoding.pixelFormat());
        context.framerate(rate).time_base(av_inv_q(rate));
        if (encoding.pixelFormat() == AV_PIX_FMT_YUV420P) {
            context.colorspace(PixelConverter.matrixOf(spec.height())).color_range(PixelConverter.yuvRange());
        }
        if (encoding.globalHeader()) {
            context.flags(context.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
        }
        AVDictionary options = Ffmpeg.dictionary(encoding.encoderOptions());
        try {
            Ffmpeg.check(
                    avcodec_open2(context, codec, options),
                    encoding.encoder() + " does not take " + spec.width() + "x" + spec.height() + " at " + spec.fps()
                            + " frames per second");
            Ffmpeg.requireAllUsed(options, encoding.encoder());
        } finally {
            av_dict_free(options);
        }
    }

    /** Tells a container's stream what it will hold. */
    void describe(AVStream stream) {
        stream.time_base(context.time_base()).avg_frame_rate(context.framerate());
        Ffmpeg.check(avcodec_parameters_from_context(stream.codecpar(), context), "cannot describe the video stream");
    }

    /** The unit of packets' times. */
    AVRational timeBase() {
        return context.time_base();
    }

    /** Takes the next picture, null for no more; negative, as FFmpeg's codes of errors are, when it cannot. */
    int send(@Nullable AVFrame frame) {
        return avcodec_send_frame(context, frame);
    }

    /**
     * As {@link #send}, for an encoder that goes on where another of the same stream stopped. Its first packet is dropped and
     * the picture coded once more: H.264 tells two whole pictures in a row apart by a number that every encoder counts from
     * its own start.
     */
    int restart(AVFrame frame, AVPacket packet) {
        int code = send(frame);
        while (code >= 0 && avcodec_receive_packet(context, packet) >= 0) {
            av_packet_unref(packet);
        }
        if (code < 0) {
            return code;
        }
        frame.pict_type(AV_PICTURE_TYPE_I);
        code = send(frame);
        frame.pict_type(AV_PICTURE_TYPE_NONE);
        return code;
    }

    /**
     * Fetches the next packet; false when the encoder wants more pictures first, or has none left.
     *
     * @param failed what is not done when it cannot be encoded
     */
    boolean receive(AVPacket packet, String failed) {
        int code = avcodec_receive_packet(context, packet);
        if (code == AVERROR_EAGAIN() || code == AVERROR_EOF) {
            return false;
        }
        Ffmpeg.check(code, failed);
        return true;
    }

    @Override
    public void close() {
        avcodec_free_context(context);
    }
}
