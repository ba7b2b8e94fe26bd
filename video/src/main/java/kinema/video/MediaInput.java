package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_guess_frame_rate;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_get;
import static org.bytedeco.ffmpeg.global.avutil.av_q2d;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVDictionaryEntry;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * The compressed packets of a file's video stream.
 *
 * <p>Only the file itself is opened: playlists, network addresses and formats that refer to other files are refused.
 */
final class MediaInput implements AutoCloseable {
    /** FFmpeg's names of the containers; without this list it would play a text file as a teletype screen. */
    private static final String CONTAINERS = "mov,mp4,matroska,webm,gif,avi,mpegts,mpeg,ogg,flv,asf,apng,yuv4mpegpipe";

    private final Path file;
    private final AVFormatContext container;
    private final AVPacket packet;
    private final int index;

    /**
     * Opens a file and finds its video stream.
     *
     * @throws VideoFileException if it is missing, not a known container or without video
     */
    MediaInput(Path file) {
        this.file = file;
        if (!Files.isRegularFile(file)) {
            throw new VideoFileException("no such video file: " + file);
        }
        if (FrameFolder.isPicture(file)) {
            throw new VideoFileException(file + " is a picture; expected a video, or a folder of pictures");
        }
        FileBounds.requireWhole(file);
        Ffmpeg.silence();
        container = new AVFormatContext(null);
        packet = Ffmpeg.allocated(av_packet_alloc());
        AVDictionary options = Ffmpeg.dictionary(Map.of("format_whitelist", CONTAINERS, "protocol_whitelist", "file"));
        try (PointerScope scope = new PointerScope()) {
            Ffmpeg.check(
                    avformat_open_input(container, Ffmpeg.url(file), null, options),
                    file + " is not a video Kinema can read (known: mp4, mov, webm, mkv, gif, avi)");
            Ffmpeg.check(
                    avformat_find_stream_info(container, (AVDictionary) null), file + " holds no readable streams");
            index = Ffmpeg.check(
                    av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0),
                    file + " holds no video stream");
        } catch (RuntimeException e) {
            close();
            throw e;
        } finally {
            av_dict_free(options);
        }
    }

    Path file() {
        return file;
    }

    AVCodecParameters parameters() {
        return stream().codecpar();
    }

    double fps() {
        try (PointerScope scope = new PointerScope()) {
            double fps = av_q2d(av_guess_frame_rate(container, stream(), null));
            if (!(fps > 0)) {
                throw new VideoFileException(file + " states no frame rate");
            }
            return fps;
        }
    }

    /** A text of the file's metadata, or null. */
    @Nullable
    String metadata(String key) {
        try (PointerScope scope = new PointerScope()) {
            BytePointer name = new BytePointer(key, StandardCharsets.UTF_8);
            AVDictionaryEntry entry = av_dict_get(container.metadata(), name, null, 0);
            return entry == null ? null : entry.value().getString(StandardCharsets.UTF_8);
        }
    }

    /**
     * The next packet of the video, or null at the end; valid until the next call.
     *
     * @throws VideoFileException if the file ends early or is damaged
     */
    @Nullable
    AVPacket next() {
        while (true) {
            av_packet_unref(packet);
            int code = av_read_frame(container, packet);
            if (code == AVERROR_EOF) {
                return null;
            }
            Ffmpeg.check(code, file + " is damaged or cut off");
            if ((packet.flags() & AV_PKT_FLAG_CORRUPT) != 0) {
                throw new VideoFileException(file + " is damaged or cut off: a packet is not whole");
            }
            if (packet.stream_index() == index) {
                return packet;
            }
        }
    }

    private AVStream stream() {
        return container.streams(index);
    }

    @Override
    public void close() {
        av_packet_free(packet);
        avformat_close_input(container);
    }
}
