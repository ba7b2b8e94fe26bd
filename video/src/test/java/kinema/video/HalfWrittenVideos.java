package kinema.video;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.Video;

/** Begins a video of each format, says so, and waits to be stopped. */
final class HalfWrittenVideos {
    private HalfWrittenVideos() {}

    public static void main(String[] arguments) throws InterruptedException {
        Video clip = TestClips.smooth(64, 64, 2, 8);
        List<VideoWriter> writers = new ArrayList<>();
        for (String name : List.of("clip.mp4", "clip.webm", "clip.gif", "frames/")) {
            VideoTarget target = VideoTarget.parse(Path.of(arguments[0]) + "/" + name);
            VideoWriter writer = VideoWriter.open(target, VideoSpec.of(clip, null));
            clip.frames().forEach(writer::add);
            writers.add(writer);
        }
        System.out.println("half written");
        Thread.sleep(60_000);
        writers.forEach(VideoWriter::close);
    }
}
