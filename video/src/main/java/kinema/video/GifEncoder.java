package kinema.video;

import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_frame;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersrc_write_frame;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_alloc;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_config;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_free;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_get_filter;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_parse2;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;

/**
 * RGB frames to an animated GIF whose 256 colours are chosen from the whole video.
 *
 * <p>FFmpeg's filter graph holds every frame until the palette is known; only then does the encoder see them.
 */
final class GifEncoder implements FrameEncoder {
    /** Two branches of the same frames: one makes the palette, the other is drawn with it. */
    private static final String GRAPH =
            "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse=diff_mode=rectangle,buffersink@out";

    private final Path file;
    private final VideoSpec spec;
    private final ContainerStream stream;
    private final NativeFrame rgb;
    private final AVFilterGraph graph;
    private final AVFilterContext source;
    private final AVFilterContext sink;

    GifEncoder(Path file, Encoding encoding, VideoSpec spec) {
        this.file = file;
        this.spec = spec;
        graph = Ffmpeg.allocated(avfilter_graph_alloc());
        try (AVFilterInOut inputs = new AVFilterInOut(null);
                AVFilterInOut outputs = new AVFilterInOut(null)) {
            String input = "buffer@in=pix_fmt=rgb24:time_base=1/1:video_size=" + spec.width() + "x" + spec.height();
            Ffmpeg.check(
                    avfilter_graph_parse2(graph, input + "," + GRAPH, inputs, outputs),
                    "this build of FFmpeg lacks the palette filters");
            Ffmpeg.check(avfilter_graph_config(graph, null), "FFmpeg cannot make a palette");
            source = Ffmpeg.allocated(avfilter_graph_get_filter(graph, "buffer@in"));
            sink = Ffmpeg.allocated(avfilter_graph_get_filter(graph, "buffersink@out"));
            stream = new ContainerStream(file, encoding, spec);
        } catch (RuntimeException e) {
            avfilter_graph_free(graph);
            throw e;
        }
        rgb = NativeFrame.rgb(spec.width(), spec.height());
        rgb.get().pts(0);
    }

    @Override
    public void add(byte[] frame) {
        rgb.put(frame);
        Ffmpeg.check(av_buffersrc_write_frame(source, rgb.get()), "cannot keep a frame for the palette");
        rgb.get().pts(rgb.get().pts() + 1);
    }

    @Override
    public void finish() {
        Ffmpeg.check(av_buffersrc_write_frame(source, null), "cannot make the palette");
        try (NativeFrame drawn = NativeFrame.empty()) {
            int code = av_buffersink_get_frame(sink, drawn.get());
            while (code >= 0) {
                stream.encode(drawn.get());
                av_frame_unref(drawn.get());
                code = av_buffersink_get_frame(sink, drawn.get());
            }
            if (code != AVERROR_EOF) {
                Ffmpeg.check(code, "cannot draw a frame with the palette");
            }
        }
        stream.finish();
        if (spec.provenance() != null) {
            GifComment.insert(file, spec.provenance());
        }
    }

    @Override
    public void close() {
        avfilter_graph_free(graph);
        stream.close();
        rgb.close();
    }
}
