package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kinema.Video;
import kinema.video.VideoFileException;

/**
 * The videos of the world's prompts in a folder: {@code 000.mp4} the first one's, of any format that can be read.
 *
 * @param files in the prompts' order
 */
record JudgedVideos(List<Path> files) {
    private static final int NAMED = 5; // of those that are missing

    /** What the file of a prompt is called, without its ending. */
    static String stem(int prompt) {
        return String.format(Locale.ROOT, "%03d", prompt);
    }

    /**
     * Finds the videos of so many prompts.
     *
     * @throws CommandException when there is no such folder, or one or more of the videos are missing or there twice
     */
    static JudgedVideos in(Path folder, int prompts) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new CommandException(ExitCode.BAD_INPUT, folder + ": no such folder of videos");
        }
        Map<String, Path> byStem = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                Path twin = byStem.put(stemOf(file), file);
                if (twin != null && stemOf(file).matches("\\d{3}")) {
                    throw new CommandException(
                            ExitCode.BAD_INPUT,
                            folder + ": " + twin.getFileName() + " and " + file.getFileName()
                                    + " are both there; leave the one to be judged");
                }
            }
        }
        List<Path> files = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            Path file = byStem.get(stem(i));
            if (file == null) {
                missing.add(stem(i) + ".mp4");
            } else {
                files.add(file);
            }
        }
        if (!missing.isEmpty()) {
            throw new CommandException(
                    ExitCode.BAD_INPUT,
                    folder + ": " + missing.size() + " of " + prompts + " videos are missing, "
                            + String.join(", ", missing.subList(0, Math.min(NAMED, missing.size())))
                            + (missing.size() > NAMED ? " and more" : "")
                            + "; make them for the lines of 'kinema world prompts', or judge fewer by --prompts");
        }
        return new JudgedVideos(files);
    }

    private static String stemOf(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /**
     * Reads the video of a prompt.
     *
     * @throws CommandException when it is damaged, or no video
     */
    Video read(int prompt) {
        try {
            return Video.read(files.get(prompt));
        } catch (VideoFileException e) {
            throw new CommandException(ExitCode.BAD_INPUT, String.valueOf(e.getMessage()), e);
        }
    }
}
