package kinema.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_count;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import kinema.tensor.NativeLibraries;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avfilter;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** What every call into FFmpeg shares: error codes become exceptions, text is UTF-8, the log is silent. */
final class Ffmpeg {
    private Ffmpeg() {}

    /**
     * Loads FFmpeg and stops it from printing to stderr; its error codes reach the caller as exceptions.
     *
     * @throws UnsatisfiedLinkError when its libraries are not on the class path, with the dependency to add
     */
    static void silence() {
        NativeLibraries.load("FFmpeg", avutil.class, avcodec.class, avformat.class, avfilter.class, swscale.class);
        av_log_set_level(AV_LOG_QUIET);
    }

    /** Returns {@code code} unless it is negative, FFmpeg's sign of an error. */
    static int check(int code, String failed) {
        if (code < 0) {
            throw new VideoFileException(failed + ": " + message(code));
        }
        return code;
    }

    /** Returns {@code pointer} unless it is null, which FFmpeg's allocators give when memory is short. */
    static <P extends Pointer> P allocated(P pointer) {
        if (pointer == null || pointer.isNull()) {
            throw new VideoFileException("FFmpeg could not allocate memory");
        }
        return pointer;
    }

    /** FFmpeg's own words for an error code. */
    static String message(int code) {
        byte[] text = new byte[256];
        av_strerror(code, text, text.length);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** A file's name for FFmpeg; the prefix keeps a colon in it from being taken for a protocol. */
    static BytePointer url(Path file) {
        return new BytePointer("file:" + file.toAbsolutePath(), StandardCharsets.UTF_8);
    }

    /** Sets an entry in UTF-8: JavaCPP would convert a String by the platform's charset, which may be plain ASCII. */
    static void put(AVDictionary dictionary, String key, String value) {
        try (BytePointer k = new BytePointer(key, StandardCharsets.UTF_8);
                BytePointer v = new BytePointer(value, StandardCharsets.UTF_8)) {
            check(av_dict_set(dictionary, k, v, 0), "cannot set the option " + key);
        }
    }

    /** A dictionary of these entries; the caller frees it. */
    static AVDictionary dictionary(Map<String, String> entries) {
        AVDictionary dictionary = new AVDictionary(null);
        entries.forEach((key, value) -> put(dictionary, key, value));
        return dictionary;
    }

    /** An option that nobody took is a slip that would otherwise pass in silence. */
    static void requireAllUsed(AVDictionary options, String owner) {
        if (av_dict_count(options) > 0) {
            throw new VideoFileException("this build of FFmpeg's " + owner + " lacks an option Kinema sets");
        }
    }
}
