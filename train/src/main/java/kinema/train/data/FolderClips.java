package kinema.train.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.Fit;
import kinema.FrameStream;
import kinema.Video;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.UnusableClipException;
import kinema.video.Picture;
import kinema.video.VideoFileException;
import kinema.video.VideoInfo;
import kinema.video.VideoReader;

/**
 * A folder of videos and pictures with captions ({@link CaptionTable}); a picture is a video of one frame.
 *
 * <p>A clip starts at its video's first frame; frames are taken at the source's rate, each the nearest in time, cut to the
 * proportions asked for and resized. Thread-safe.
 */
public final class FolderClips implements ClipSource {
    private final Path folder;
    private final double fps;
    private final List<Entry> entries;

    /**
     * Reads the folder's list of files; the files themselves are opened when they are asked for.
     *
     * @param fps frames per second of the clips
     * @throws IllegalArgumentException when there is no such folder, nothing in it, or its table cannot be read
     */
    public FolderClips(Path folder, double fps) {
        this.folder = folder;
        this.fps = fps;
        entries = CaptionTable.read(folder);
    }

    @Override
    public double fps() {
        return fps;
    }

    @Override
    public OptionalLong count() {
        return OptionalLong.of(entries.size());
    }

    @Override
    public String origin() {
        return "folder " + folder + ", " + entries.size() + " files, " + fps + " fps";
    }

    @Override
    public Shape suited(long number, List<Shape> shapes) {
        Entry entry = entry(number);
        caption(entry);
        Shape natural = readable(entry, this::natural);
        return shapes.stream()
                .filter(shape -> shape.frames() <= natural.frames())
                .min(Comparator.comparingDouble((Shape shape) -> distortion(shape, natural))
                        .thenComparing(Comparator.comparingInt(Shape::frames).reversed())
                        .thenComparing(shape -> enlarges(shape, natural))
                        .thenComparingInt(
                                shape -> (enlarges(shape, natural) ? 1 : -1) * shape.width() * shape.height()))
                .orElseThrow(() -> new UnusableClipException(entry.file() + ": has " + natural.frames() + " frames at "
                        + fps + " fps, fewer than every size of the recipe, " + shapes));
    }

    @Override
    public CaptionedClip clip(long number, Shape shape) {
        Entry entry = entry(number);
        return new CaptionedClip(readable(entry, e -> decode(e, shape)), caption(entry));
    }

    @Override
    public Optional<Double> number(long number, String column) {
        String text = entry(number).fields().get(column);
        try {
            return Optional.ofNullable(text).map(Double::valueOf);
        } catch (NumberFormatException e) {
            throw new UnusableClipException(
                    entry(number).file() + ": '" + column + "' is no number, found '" + text + "'", e);
        }
    }

    @Override
    public List<String> prompts(int count) {
        return entries.stream()
                .map(entry -> entry.fields().getOrDefault(CaptionTable.CAPTION, ""))
                .filter(caption -> !caption.isEmpty())
                .distinct()
                .limit(count)
                .toList();
    }

    /** What reads or decodes an entry. */
    @FunctionalInterface
    private interface Reading<T> {
        T of(Entry entry);
    }

    private static <T> T readable(Entry entry, Reading<T> reading) {
        try {
            return reading.of(entry);
        } catch (VideoFileException e) {
            throw new UnusableClipException(String.valueOf(e.getMessage()), e);
        }
    }

    private Entry entry(long number) {
        return entries.get(Math.toIntExact(number));
    }

    private static String caption(Entry entry) {
        Map<String, String> fields = entry.fields();
        String caption = fields.getOrDefault(CaptionTable.CAPTION, "");
        if (caption.isBlank()) {
            throw new UnusableClipException(entry.file() + ": has no caption; put a text beside it, or one into the"
                    + " folder's metadata.jsonl or metadata.csv");
        }
        return caption;
    }

    private Shape natural(Entry entry) {
        if (CaptionTable.isPicture(entry.file())) {
            Picture picture = Picture.read(entry.file());
            return new Shape(picture.width(), picture.height(), 1);
        }
        VideoInfo info = VideoInfo.probe(entry.file());
        int frames = (int) Math.max(1, Math.floor((info.frames() - 1) * fps / info.fps()) + 1);
        return new Shape(info.width(), info.height(), frames);
    }

    private static double distortion(Shape shape, Shape natural) {
        double wanted = (double) shape.width() / shape.height();
        return Math.abs(Math.log(wanted * natural.height() / natural.width()));
    }

    private static boolean enlarges(Shape shape, Shape natural) {
        return shape.width() > natural.width() || shape.height() > natural.height();
    }

    private Video decode(Entry entry, Shape shape) {
        if (CaptionTable.isPicture(entry.file())) {
            Picture picture = Picture.read(entry.file());
            byte[] frame = new FrameStream(picture.width(), picture.height(), 1, picture::rgb)
                    .resized(shape.width(), shape.height(), Fit.CROP)
                    .source()
                    .get();
            return new Video(shape.width(), shape.height(), fps, List.of(frame));
        }
        try (VideoReader reader = VideoReader.open(entry.file())) {
            FrameStream resized = new FrameStream(
                            reader.width(), reader.height(), shape.frames(), new FrameTimes(reader, fps))
                    .resized(shape.width(), shape.height(), Fit.CROP);
            List<byte[]> frames = new ArrayList<>();
            for (int i = 0; i < shape.frames(); i++) {
                frames.add(resized.source().get());
            }
            return new Video(shape.width(), shape.height(), fps, frames);
        }
    }
}
