package kinema.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kinema.Video;
import kinema.tensor.Tensors;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource.Shape;
import kinema.train.UnusableClipException;
import kinema.video.Picture;
import kinema.video.VideoFiles;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clips from folders: captions, sizes, rates, damaged files, and what is made of them. */
class FolderClipsTest {
    private static final Shape CLIP = new Shape(32, 16, 9);
    private static final Shape TALL = new Shape(16, 32, 9);
    private static final Shape PICTURE = new Shape(16, 16, 1);

    @TempDir
    Path folder;

    @Test
    void captionsBesideTheFiles() throws IOException {
        video("b.mp4", 64, 32, 16, 33);
        video("a.mp4", 32, 64, 8, 12);
        picture("c.png");
        Files.writeString(folder.resolve("a.txt"), "a tall clip\n");
        Files.writeString(folder.resolve("b.txt"), "a wide clip");
        FolderClips clips = new FolderClips(folder, 8);
        assertThat(clips.count()).hasValue(3);
        assertThat(clips.suited(0, List.of(CLIP, TALL, PICTURE))).isEqualTo(TALL);
        assertThat(clips.suited(1, List.of(CLIP, TALL, PICTURE))).isEqualTo(CLIP);
        CaptionedClip clip = clips.clip(1, CLIP);
        assertThat(clip.caption()).isEqualTo("a wide clip");
        assertThat(clip.video().frames()).hasSize(9);
        assertThat(clip.video().width()).isEqualTo(32);
        assertThat(clips.prompts(5)).containsExactly("a tall clip", "a wide clip");
        assertThatThrownBy(() -> clips.suited(2, List.of(PICTURE)))
                .isInstanceOf(UnusableClipException.class)
                .hasMessageContaining("c.png: has no caption");
    }

    @Test
    void framesAreTakenAtTheRateOfTheRun() throws IOException {
        video("a.mp4", 32, 16, 24, 49); // every frame is a little brighter
        Files.writeString(folder.resolve("a.txt"), "brighter and brighter");
        Video slow = new FolderClips(folder, 8).clip(0, CLIP).video();
        for (int i = 0; i < 9; i++) {
            assertThat(slow.frames().get(i)[0] & 255).as("frame " + i).isBetween(4 * 3 * i - 6, 4 * 3 * i + 6);
        }
        FolderClips all = new FolderClips(folder, 24);
        assertThat(all.suited(0, List.of(CLIP, new Shape(32, 16, 49)))).isEqualTo(new Shape(32, 16, 49));
        assertThat(all.clip(0, CLIP).video().frames().get(8)[0] & 255).isBetween(26, 38);
    }

    @Test
    void tablesNameFilesCaptionsAndNumbers() throws IOException {
        picture("one.png");
        picture("two.png");
        Files.writeString(
                folder.resolve("metadata.jsonl"),
                "{\"file_name\": \"two.png\", \"text\": \"second\", \"score\": 4.5}\n\n{\"file\": \"one.png\", \"caption\": \"first\"}\n");
        FolderClips json = new FolderClips(folder, 8);
        assertThat(json.clip(0, PICTURE).caption()).isEqualTo("second");
        assertThat(json.number(0, "score")).hasValue(4.5);
        assertThat(json.number(1, "score")).isEmpty();
        Files.delete(folder.resolve("metadata.jsonl"));
        Files.writeString(
                folder.resolve("metadata.csv"),
                "file,prompt,score\r\none.png,\"first, \"\"quoted\"\"\",3\r\ntwo.png,second,7");
        FolderClips csv = new FolderClips(folder, 8);
        assertThat(csv.clip(0, PICTURE).caption()).isEqualTo("first, \"quoted\"");
        assertThat(csv.number(1, "score")).hasValue(7.0);
        Files.writeString(folder.resolve("metadata.csv"), "file,prompt\none.png");
        assertThatThrownBy(() -> new FolderClips(folder, 8))
                .hasMessageContaining("metadata.csv: row 1 has 1 fields, the first line names 2");
        Files.writeString(folder.resolve("metadata.csv"), "prompt\nfirst");
        assertThatThrownBy(() -> new FolderClips(folder, 8)).hasMessageContaining("row 1 names no file");
    }

    @Test
    void whatCannotBeUsedIsSkippedAndCounted() throws IOException {
        for (int i = 0; i < 6; i++) {
            video("clip" + i + ".mp4", 32, 16, 8, i == 4 ? 5 : 10);
            Files.writeString(folder.resolve("clip" + i + ".txt"), "clip " + i);
        }
        Files.write(folder.resolve("clip1.mp4"), new byte[] {1, 2, 3});
        Files.delete(folder.resolve("clip3.txt"));
        List<String> lines = new ArrayList<>();
        Path cache = folder.resolve("cache");
        try (Coder coder = new Coder()) {
            Precompute job = new Precompute(cache, new FolderClips(folder, 8), List.of(CLIP), coder, lines::add);
            assertThat(job.run()).isTrue();
            assertThat(lines)
                    .anyMatch(line -> line.startsWith("skipped: ") && line.contains("clip1.mp4"))
                    .anyMatch(line -> line.startsWith("skipped: ") && line.contains("clip3.mp4: has no caption"))
                    .anyMatch(line -> line.startsWith("skipped: ") && line.contains("has 5 frames at 8.0 fps"))
                    .contains("precomputed 6 of 6 clips, 3 skipped")
                    .anyMatch(line -> line.startsWith("3 of 6 clips were skipped; "));
            assertThat(coder.coded).isEqualTo(3);
            assertThat(job.run()).isTrue();
            assertThat(coder.coded).as("nothing is made again").isEqualTo(3);
            try (Shards shards = job.open()) {
                assertThat(shards.rows()).extracting(Shards.Row::number).containsExactly(0L, 2L, 5L);
                try (Tensor sizes = shards.read("bytes", shards.rows().subList(1, 3))) {
                    assertThat(Tensors.floats(sizes)).containsExactly(6, 6);
                }
            }
        }
        assertThat(Files.readString(cache.resolve("manifest.json"))).contains("has no caption");
    }

    @Test
    void aFolderWithoutClipsIsRefused() {
        assertThatThrownBy(() -> new FolderClips(folder, 8))
                .hasMessageContaining("holds no video or picture; known are avi");
        assertThatThrownBy(() -> new FolderClips(folder.resolve("no"), 8)).hasMessageContaining("no such folder");
    }

    /** Keeps the length of each caption. */
    private static final class Coder implements ClipCoder {
        private int coded;

        @Override
        public String origin() {
            return "test";
        }

        @Override
        public Map<String, Tensor> code(List<CaptionedClip> clips, Shape shape, long seed) {
            coded += clips.size();
            float[] lengths = new float[clips.size()];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = clips.get(i).caption().length();
            }
            return Map.of("bytes", Tensors.of(lengths, lengths.length).to(ScalarType.Half));
        }

        @Override
        public void close() {}
    }

    private void picture(String name) {
        new Picture(20, 16, new byte[3 * 20 * 16]).writePng(folder.resolve(name));
    }

    /** A clip whose n-th frame is grey of 4·n. */
    private void video(String name, int width, int height, double fps, int frames) {
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            byte[] frame = new byte[3 * width * height];
            Arrays.fill(frame, (byte) (4 * i));
            all.add(frame);
        }
        VideoFiles.save(new Video(width, height, fps, all), folder.resolve(name));
    }
}
