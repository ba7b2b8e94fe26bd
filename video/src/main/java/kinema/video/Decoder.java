package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/** Turns a file's packets into frames in the codec's own pixel format, in order of time. */
final class Decoder implements AutoCloseable {
    private final MediaInput input;
    private final AVCodecContext context;
    private final NativeFrame frame;
    private boolean drained;

    /** Opens the decoder of the input's codec; closing it closes the input too. */
    Decoder(MediaInput input) {
        this.input = input;
        AVCodec codec = avcodec_find_decoder(input.parameters().codec_id());
        if (codec == null || codec.isNull()) {
            String name = avcodec_get_name(input.parameters().codec_id()).getString();
            input.close();
            throw new VideoFileException(input.file() + ": this build of FFmpeg cannot decode " + name);
        }
        context = Ffmpeg.allocated(avcodec_alloc_context3(codec));
        frame = NativeFrame.empty();
        try {
            Ffmpeg.check(avcodec_parameters_to_context(context, input.parameters()), "cannot copy stream parameters");
            Ffmpeg.check(
                    avcodec_open2(context, codec, (AVDictionary) null), "cannot open the decoder of " + input.file());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * The next frame, or null after the last; valid until the next call.
     *
     * @throws VideoFileException if the file ends early or is damaged
     */
    @Nullable
    AVFrame next() {
        while (true) {
            int code = avcodec_receive_frame(context, frame.get());
            if (code >= 0) {
                return frame.get();
            }
            if (code == AVERROR_EOF) {
                return null;
            }
            if (code != AVERROR_EAGAIN() || drained) {
                Ffmpeg.check(code, input.file() + " is damaged or cut off");
            }
            AVPacket packet = input.next();
            drained = packet == null;
            Ffmpeg.check(avcodec_send_packet(context, packet), input.file() + " is damaged or cut off");
        }
    }

    @Override
    public void close() {
        frame.close();
        avcodec_free_context(context);
        input.close();
    }
}
