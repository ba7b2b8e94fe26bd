package kinema.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kinema.Video;
import org.bytedeco.javacpp.Pointer;

/** Writes, reads and spoils videos over and over and prints by how much native pointers and resident bytes grew. */
final class NativeMemoryRuns {
    private static final int WARM_UP = 40;
    private static final int RUNS = 120;
    private static final Video CLIP = TestClips.smooth(160, 128, 5, 8);
    private static final String[] NAMES = {"clip.mp4", "clip.webm", "clip.gif"};

    private NativeMemoryRuns() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        repeat(WARM_UP, folder);
        long pointers = Pointer.totalCount();
        long bytes = Pointer.physicalBytes();
        repeat(RUNS, folder);
        System.out.println("pointers " + (Pointer.totalCount() - pointers));
        System.out.println("bytes " + (Pointer.physicalBytes() - bytes));
    }

    private static void repeat(int runs, Path folder) throws IOException {
        for (int run = 0; run < runs; run++) {
            Path file = folder.resolve(NAMES[run % NAMES.length]);
            VideoTarget target = VideoTarget.parse(file.toString());
            VideoWriter.write(target, CLIP, "{}");
            VideoReader.read(file);
            VideoInfo.probe(file);
            abandon(target);
            readDamaged(file);
        }
    }

    private static void abandon(VideoTarget target) {
        try (VideoWriter writer = VideoWriter.open(target, VideoSpec.of(CLIP, "{}"))) {
            writer.add(CLIP.frames().get(0));
        }
    }

    private static void readDamaged(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, bytes.length / 3, bytes.length, (byte) 0);
        Files.write(file, bytes);
        try {
            VideoReader.read(file);
        } catch (VideoFileException expected) {
            // Refusing is right; what is measured is whether it frees everything.
        }
    }
}
