package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_d2q;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_count;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_inv_q;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * One encoder feeding one container file with a single video stream.
 *
 * <p>Written against FFmpeg's libraries directly: JavaCV's recorder takes another codec when the named one is missing and
 * does not report a failed trailer, which is where a full disk shows.
 */
final class ContainerStream implements AutoCloseable {
    /** Largest denominator of a rate; holds 24000/1001 and its like exactly. */
    private static final int MAX_RATE_TERM = 1_001_000;

    private final Path file;
    private final AVCodecContext encoder;
    private final AVFormatContext container;
    private final AVPacket packet;
    private long frames;

    /** Opens the file and writes the container's header. */
    ContainerStream(Path file, Encoding encoding, VideoSpec spec) {
        this.file = file;
        AVCodec codec = encoding.find();
        encoder = Ffmpeg.allocated(avcodec_alloc_context3(codec));
        container = new AVFormatContext(null);
        packet = Ffmpeg.allocated(av_packet_alloc());
        try (PointerScope scope = new PointerScope()) {
            BytePointer muxer = new BytePointer(encoding.muxer(), StandardCharsets.UTF_8);
            Ffmpeg.check(
                    avformat_alloc_output_context2(container, null, muxer, Ffmpeg.url(file)),
                    "this build of FFmpeg cannot write " + encoding.muxer());
            openEncoder(codec, encoding, spec);
            openContainer(encoding, spec.provenance());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void openEncoder(AVCodec codec, Encoding encoding, VideoSpec spec) {
        AVRational rate = av_d2q(spec.fps(), MAX_RATE_TERM);
        encoder.width(spec.width()).height(spec.height()).pix_fmt(encoding.pixelFormat());
        encoder.framerate(rate).time_base(av_inv_q(rate));
        if (encoding.pixelFormat() == AV_PIX_FMT_YUV420P) {
            encoder.colorspace(PixelConverter.matrixOf(spec.height())).color_range(PixelConverter.yuvRange());
        }
        if ((container.oformat().flags() & AVFMT_GLOBALHEADER) != 0) {
            encoder.flags(encoder.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
        }
        AVDictionary options = Ffmpeg.dictionary(encoding.encoderOptions());
        try {
            Ffmpeg.check(
                    avcodec_open2(encoder, codec, options),
                    encoding.encoder() + " does not take " + spec.width() + "x" + spec.height() + " at " + spec.fps()
                            + " frames per second");
            requireAllUsed(options, encoding.encoder());
        } finally {
            av_dict_free(options);
        }
    }

    private void openContainer(Encoding encoding, @Nullable String provenance) {
        AVStream stream = Ffmpeg.allocated(avformat_new_stream(container, null));
        stream.time_base(encoder.time_base()).avg_frame_rate(encoder.framerate());
        Ffmpeg.check(avcodec_parameters_from_context(stream.codecpar(), encoder), "cannot describe the video stream");
        if (provenance != null) {
            AVDictionary metadata = new AVDictionary(null);
            Ffmpeg.put(metadata, VideoInfo.COMMENT, provenance);
            container.metadata(metadata); // freed with the container
        }
        AVIOContext io = new AVIOContext(null);
        Ffmpeg.check(avio_open2(io, container.url(), AVIO_FLAG_WRITE, null, null), "cannot create " + file);
        container.pb(io);
        AVDictionary options = Ffmpeg.dictionary(encoding.muxerOptions());
        try {
            Ffmpeg.check(avformat_write_header(container, options), "cannot start " + file);
            requireAllUsed(options, encoding.muxer());
        } finally {
            av_dict_free(options);
        }
    }

    /** Encodes the next frame; its timestamp is set here. */
    void encode(AVFrame frame) {
        frame.pts(frames++);
        send(frame);
    }

    /** Drains the encoder, writes the container's index and closes the file. */
    void finish() {
        send(null);
        Ffmpeg.check(av_write_trailer(container), "cannot complete " + file);
        AVIOContext io = container.pb();
        container.pb(new AVIOContext(null));
        Ffmpeg.check(avio_close(io), "cannot complete " + file);
    }

    private void send(@Nullable AVFrame frame) {
        Ffmpeg.check(avcodec_send_frame(encoder, frame), "cannot encode a frame for " + file);
        try (PointerScope scope = new PointerScope()) {
            AVStream stream = container.streams(0);
            int code = avcodec_receive_packet(encoder, packet);
            while (code >= 0) {
                if (packet.duration() == 0) {
                    packet.duration(1);
                }
                packet.stream_index(0);
                av_packet_rescale_ts(packet, encoder.time_base(), stream.time_base());
                Ffmpeg.check(av_interleaved_write_frame(container, packet), "cannot write to " + file);
                code = avcodec_receive_packet(encoder, packet);
            }
            if (code != AVERROR_EAGAIN() && code != AVERROR_EOF) {
                Ffmpeg.check(code, "cannot encode a frame for " + file);
            }
        }
    }

    /** An option that nobody took is a slip that would otherwise pass in silence. */
    private static void requireAllUsed(AVDictionary options, String owner) {
        if (av_dict_count(options) > 0) {
            throw new VideoFileException("this build of FFmpeg's " + owner + " lacks an option Kinema sets");
        }
    }

    @Override
    public void close() {
        av_packet_free(packet);
        avcodec_free_context(encoder);
        if (!container.isNull()) {
            AVIOContext io = container.pb();
            if (io != null && !io.isNull()) {
                avio_close(io);
            }
            avformat_free_context(container);
        }
    }
}
