package kinema.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import kinema.Fit;
import kinema.PictureCondition;
import kinema.PictureNote;
import kinema.Video;
import kinema.video.Picture;
import kinema.video.VideoFileException;
import kinema.video.VideoReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The pictures a generation starts from or follows, as options. */
final class PictureOptions {
    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "The picture the video starts with, PNG or JPEG; for image-to-video models.")
    private @Nullable Path image;

    @Option(
            names = "--video",
            paramLabel = "FILE|DIR",
            description =
                    "The video, or folder of pictures, to change, or to go on from with --stage; for text-to-video models.")
    private @Nullable Path video;

    @Option(
            names = "--strength",
            paramLabel = "S",
            description = "How much of --video is made anew, from 0 to 1. Default: 0.8.")
    private @Nullable Double strength;

    @Option(
            names = "--control",
            paramLabel = "FILE|DIR",
            description = "The video, or folder of pictures, of poses or the like to follow; for control models.")
    private @Nullable Path control;

    @Option(
            names = "--fit",
            paramLabel = "stretch|crop|pad",
            description = "How pictures of another shape are brought to the video's. Default: stretch.")
    private @Nullable Fit fit;

    /**
     * Reads the pictures.
     *
     * @param frames how many frames of a video are read at most; null for all. What a model needs of them its rules tell
     * @throws IllegalArgumentException for options that do not go together
     * @throws CommandException when a file cannot be read
     */
    Optional<PictureCondition> read(@Nullable Integer frames) {
        check();
        Fit chosen = fit == null ? Fit.STRETCH : fit;
        if (image != null) {
            return Optional.of(PictureCondition.image(read(image, PictureOptions::picture))
                    .withFit(chosen)
                    .withName(image.toString()));
        }
        if (video != null) {
            double much = strength == null ? PictureCondition.DEFAULT_STRENGTH : strength;
            Video source = read(video, file -> video(file, frames));
            return Optional.of(
                    PictureCondition.video(source, much).withFit(chosen).withName(video.toString()));
        }
        if (control != null) {
            Video followed = read(control, file -> video(file, frames));
            return Optional.of(
                    PictureCondition.control(followed).withFit(chosen).withName(control.toString()));
        }
        return Optional.empty();
    }

    /**
     * Reads the pictures that a video's provenance tells of.
     *
     * @param frames how many of a video's are read at most
     * @throws CommandException when the file cannot be read
     */
    static PictureCondition read(PictureNote note, Path file, int frames) {
        return switch (note.type()) {
            case IMAGE ->
                PictureCondition.image(read(file, PictureOptions::picture)).withFit(note.fit());
            case CONTROL ->
                PictureCondition.control(read(file, f -> video(f, frames))).withFit(note.fit());
            case VIDEO -> {
                double strength = note.strength() == null ? PictureCondition.DEFAULT_STRENGTH : note.strength();
                yield PictureCondition.video(read(file, f -> video(f, frames)), strength)
                        .withFit(note.fit());
            }
        };
    }

    private void check() {
        List<String> given = new ArrayList<>();
        if (image != null) {
            given.add("image");
        }
        if (video != null) {
            given.add("video");
        }
        if (control != null) {
            given.add("control");
        }
        if (given.size() > 1) {
            List<String> keys = new ArrayList<>(List.of("image", "video", "control"));
            keys.addAll(given);
            throw new OptionException(
                    "give one of {}, {} and {}, found " + String.join(" and ", Collections.nCopies(given.size(), "{}")),
                    keys.toArray(String[]::new));
        }
        if (strength != null && video == null) {
            throw new OptionException("{} says how much of {} is made anew; give that too", "strength", "video");
        }
        if (strength != null && !(strength >= 0 && strength <= 1)) {
            throw new OptionException("{} must be between 0 and 1, found " + strength, "strength");
        }
        if (fit != null && given.isEmpty()) {
            throw new OptionException(
                    "{} says how {}, {} or {} is brought to the video's shape; give one of them",
                    "fit",
                    "image",
                    "video",
                    "control");
        }
    }

    private static Video picture(Path file) {
        Picture picture = Picture.read(file);
        return new Video(picture.width(), picture.height(), 1, List.of(picture.rgb()));
    }

    /** Reads the first frames of a video or a folder, as many as there are up to a number; null for all. */
    private static Video video(Path file, @Nullable Integer frames) {
        if (frames == null || frames < 1) { // that fewer than 1 cannot be is for the request to say
            return VideoReader.read(file);
        }
        try (VideoReader reader = VideoReader.open(file)) {
            List<byte[]> pictures = new ArrayList<>();
            for (byte[] next = reader.next(); next != null; next = reader.next()) {
                pictures.add(next);
                if (pictures.size() == frames) {
                    break;
                }
            }
            if (pictures.isEmpty()) {
                throw new CommandException(
                        ExitCode.BAD_INPUT, file + " holds no frames; the file is damaged or cut off");
            }
            return new Video(reader.width(), reader.height(), reader.fps(), pictures);
        }
    }

    /** Reads pictures; what cannot be read is the input's fault. */
    private static Video read(Path file, Function<Path, Video> reader) {
        try {
            return reader.apply(file);
        } catch (VideoFileException e) {
            throw new CommandException(ExitCode.BAD_INPUT, String.valueOf(e.getMessage()), e);
        }
    }
}
