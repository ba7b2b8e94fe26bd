package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
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
    private final Path file;
    private final Encoding encoding;
    private final VideoSpec spec;
    private final AVFormatContext container;
    private final AVPacket packet;
    private PictureEncoder encoder;
    private long frames;

    /** Opens the file and writes the container's header. */
    ContainerStream(Path file, Encoding encoding, VideoSpec spec) {
        this.file = file;
        this.encoding = encoding;
        this.spec = spec;
        encoder = new PictureEncoder(encoding, spec);
        container = new AVFormatContext(null);
        packet = Ffmpeg.allocated(av_packet_alloc());
        try (PointerScope scope = new PointerScope()) {
            BytePointer muxer = new BytePointer(encoding.muxer(), StandardCharsets.UTF_8);
            Ffmpeg.check(
                    avformat_alloc_output_context2(container, null, muxer, Ffmpeg.url(file)),
                    "this build of FFmpeg cannot write " + encoding.muxer());
            openContainer(spec.provenance());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void openContainer(@Nullable String provenance) {
        encoder.describe(Ffmpeg.allocated(avformat_new_stream(container, null)));
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
            Ffmpeg.requireAllUsed(options, encoding.muxer());
        } finally {
            av_dict_free(options);
        }
    }

    /** Encodes the next frame; its timestamp is set here. */
    void encode(AVFrame frame) {
        frame.pts(frames++);
        int code = encoder.send(frame);
        if (code < 0 && encoding.forAnyPicture().isPresent()) {
            encoder.close();
            encoder = new PictureEncoder(encoding.forAnyPicture().get(), spec);
            code = encoder.restart(frame, packet);
        }
        Ffmpeg.check(code, cannotEncode());
        writePackets();
    }

    /** Drains the encoder, writes the container's index and closes the file. */
    void finish() {
        Ffmpeg.check(encoder.send(null), cannotEncode());
        writePackets();
        Ffmpeg.check(av_write_trailer(container), "cannot complete " + file);
        AVIOContext io = container.pb();
        container.pb(new AVIOContext(null));
        Ffmpeg.check(avio_close(io), "cannot complete " + file);
    }

    private void writePackets() {
        try (PointerScope scope = new PointerScope()) {
            AVStream stream = container.streams(0);
            while (encoder.receive(packet, cannotEncode())) {
                if (packet.duration() == 0) {
                    packet.duration(1);
                }
                packet.stream_index(0);
                av_packet_rescale_ts(packet, encoder.timeBase(), stream.time_base());
                Ffmpeg.check(av_interleaved_write_frame(container, packet), "cannot write to " + file);
            }
        }
    }

    private String cannotEncode() {
        return "cannot encode a frame for " + file;
    }

    @Override
    public void close() {
        av_packet_free(packet);
        encoder.close();
        if (!container.isNull()) {
            AVIOContext io = container.pb();
            if (io != null && !io.isNull()) {
                avio_close(io);
            }
            avformat_free_context(container);
        }
    }
}
