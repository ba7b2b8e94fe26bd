package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import kinema.memory.MemoryException;
import kinema.memory.Tile;
import kinema.system.OpenOptions;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Safetensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoAutoencoderTest {
    private static final Path BUNDLED = Path.of("../models/kinema-tiny");
    private static final byte[] SKY = {(byte) 130, (byte) 180, (byte) 230};

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        Kinema.setThreads(1);
    }

    @Test
    void tilesAreTheLargestThatFit() {
        try (VideoAutoencoder roomy = Kinema.openVae(BUNDLED);
                VideoAutoencoder narrow = Kinema.openVae(BUNDLED, OpenOptions.DEFAULT.withMaxMemory(700_000_000));
                VideoAutoencoder none = Kinema.openVae(BUNDLED, OpenOptions.DEFAULT.withMaxMemory(1))) {
            assertThat(roomy.encodingTile(17, 512, 512)).isEqualTo(Tile.WHOLE);
            assertThat(roomy.decodingTile(5, 64, 64)).isEqualTo(Tile.WHOLE);
            assertThat(narrow.encodingTile(17, 512, 512)).isEqualTo(new Tile(384, 384));
            assertThat(narrow.decodingTile(5, 64, 64).covers(512, 512)).isFalse();
            assertThatThrownBy(() -> none.encodingTile(17, 64, 64)).isInstanceOf(MemoryException.class);
            assertThatThrownBy(() -> none.decodingTile(5, 8, 8)).isInstanceOf(MemoryException.class);
        }
    }

    /** The last latents of a published implementation's run become its video. */
    @Test
    void decodesAsTheReference() {
        Path golden = Golden.folder("t2v-5b");
        try (VideoAutoencoder vae = Kinema.openVae(golden.resolve("model"));
                Safetensors expected = Safetensors.open(golden.resolve("expected.safetensors"))) {
            String last = expected.entries().keySet().stream()
                    .filter(key -> key.startsWith("latents_step"))
                    .max((a, b) -> Integer.compare(number(a), number(b)))
                    .orElseThrow();
            Scopes.run(() -> {
                Video video = vae.decode(expected.tensor(last), 8, CodingOptions.DEFAULT);
                // Half a step of 8 bits.
                Tensor frames =
                        FrameTensors.next(FrameStream.of(video), video.frames().size());
                Golden.Difference d = Golden.videoDifference(frames.div(new Scalar(255.0)), expected);
                assertThat(d.max() * 255).isLessThan(0.51);
            });
        }
    }

    @Test
    void aVideoComesBackFromItsLatents() {
        Video video = video(64, 48, 9);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED);
                Tensor latents = vae.encode(video, CodingOptions.DEFAULT)) {
            assertThat(latents.shape()).containsExactly(1, 3, 16, 6, 8);
            Video back = vae.decode(latents, video.fps(), CodingOptions.DEFAULT);
            assertThat(List.of(back.width(), back.height(), back.frames().size()))
                    .containsExactly(64, 48, 9);
            assertThat(meanDifference(video, back)).isLessThan(meanDifference(video, grey(video)) / 3);
        }
    }

    @Test
    void picturesTooLargeForTheMachineAreRefusedUnread() {
        FrameStream huge = new FrameStream(1 << 17, 1 << 14, 9, () -> {
            throw new AssertionError("a frame was read");
        });
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED)) {
            assertThatThrownBy(() -> vae.encode(huge, CodingOptions.DEFAULT))
                    .isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("not enough memory for 9 frames of 131072x16384: ");
        }
    }

    @Test
    void aVideoThatIsReadMeanwhileGivesTheSameLatents() {
        Video video = video(32, 16, 17);
        Iterator<byte[]> frames = video.frames().iterator();
        FrameStream stream = new FrameStream(32, 16, 17, frames::next);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED);
                Tensor latents = vae.encode(stream, CodingOptions.DEFAULT)) {
            assertThat(Tensors.floats(latents)).containsExactly(latents(vae, video, CodingOptions.DEFAULT));
            FrameStream torn = new FrameStream(16, 16, 1, () -> new byte[5]);
            assertThatThrownBy(() -> vae.encode(torn, CodingOptions.DEFAULT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a frame must have 768 bytes (16x16 RGB), found 5");
        }
        assertThatThrownBy(() -> new FrameStream(16, 16, 0, frames::next))
                .hasMessage("a video needs frames with pixels, found 0 of 16x16");
    }

    /** Whatever files it comes from, it is the same; with other weights, or another factor, it is another. */
    @Test
    void theDigestTellsAutoencodersApart(@TempDir Path folder) throws IOException {
        Path published = Golden.folder("t2v-2b").resolve("model");
        Path authors = Golden.authors(Files.createDirectory(folder.resolve("authors")));
        String digest = digest(published);
        assertThat(digest).matches("[0-9a-f]{64}").isEqualTo(digest(authors));
        assertThat(digest(Golden.folder("t2v-5b").resolve("model"))).isNotEqualTo(digest);
        Path config = authors.resolve("vae/config.json");
        Files.writeString(config, Files.readString(config).replace("1.15258426", "0.7"));
        assertThat(digest(authors)).isNotEqualTo(digest);
        try (VideoModel model = Kinema.open(Golden.model("t2v-2b", folder.resolve("model")))) {
            assertThat(model.vaeDigest()).hasValue(digest);
        }
    }

    private static String digest(Path model) {
        try (VideoAutoencoder vae = Kinema.openVae(model)) {
            return vae.digest();
        }
    }

    @Test
    void evenNumbersOfLatentFramesComeBackToo() {
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED);
                Tensor latents = vae.encode(video(16, 16, 8), CodingOptions.DEFAULT)) {
            assertThat(latents.size(1)).isEqualTo(2);
            assertThat(vae.decode(latents, 8, CodingOptions.DEFAULT).frames()).hasSize(8);
            assertThat(LongStream.rangeClosed(1, 5).map(vae::frames)).containsExactly(1L, 8L, 9L, 16L, 17L);
        }
    }

    @Test
    void rawLatentsAreTheScaledOnesDivided() {
        Video video = video(16, 16, 1);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED);
                Tensor scaled = vae.encode(video, CodingOptions.DEFAULT);
                Tensor raw = vae.encode(video, CodingOptions.DEFAULT.withRaw(true))) {
            float[] a = Tensors.floats(scaled);
            float[] b = Tensors.floats(raw);
            for (int i = 0; i < a.length; i++) {
                assertThat(a[i]).isCloseTo((float) (b[i] * vae.scalingFactor()), withinPercentage(0.001));
            }
            assertThat(vae.decode(raw, 8, CodingOptions.DEFAULT.withRaw(true))
                            .frames()
                            .get(0))
                    .isEqualTo(vae.decode(scaled, 8, CodingOptions.DEFAULT)
                            .frames()
                            .get(0));
        }
    }

    @Test
    void aSeedSamplesAlwaysTheSameAndAnotherAnother() {
        Video video = video(16, 16, 1);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED)) {
            float[] first = latents(vae, video, CodingOptions.DEFAULT.withSeed(1));
            assertThat(latents(vae, video, CodingOptions.DEFAULT.withSeed(1))).containsExactly(first);
            assertThat(latents(vae, video, CodingOptions.DEFAULT.withSeed(2))).isNotEqualTo(first);
            assertThat(latents(vae, video, CodingOptions.DEFAULT)).isNotEqualTo(first);
        }
    }

    @Test
    void tilesAsLargeAsThePictureChangeNothing() {
        Video video = video(64, 48, 1);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED)) {
            assertThat(latents(vae, video, CodingOptions.DEFAULT.withTile(80, 64)))
                    .containsExactly(latents(vae, video, CodingOptions.DEFAULT));
            assertThat(latents(vae, video, CodingOptions.DEFAULT.withTile(32, 32)))
                    .isNotEqualTo(latents(vae, video, CodingOptions.DEFAULT));
        }
    }

    @Test
    void nothingNativeIsLeft() {
        Video video = video(16, 16, 1);
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED)) {
            latents(vae, video, CodingOptions.DEFAULT.withSeed(1));
            long before = LivePointers.settled();
            latents(vae, video, CodingOptions.DEFAULT.withSeed(2));
            try (Tensor latents = vae.encode(video, CodingOptions.DEFAULT)) {
                vae.decode(latents, 8, CodingOptions.DEFAULT);
            }
            assertThat(LivePointers.now()).isEqualTo(before);
        }
    }

    @Test
    void whatCannotBeCodedIsNamedWithTheNearest(@TempDir Path empty) {
        CodingOptions plain = CodingOptions.DEFAULT;
        try (VideoAutoencoder vae = Kinema.openVae(BUNDLED)) {
            assertThatThrownBy(() -> vae.encode(video(16, 16, 10), plain))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("frames must be 8k or 8k+1 for CogVideoX's VAE, found 10; take 9 of the given video's");
            assertThatThrownBy(() -> vae.encode(video(20, 16, 1), plain))
                    .hasMessage("width must be a multiple of 8, found 20; nearest: 24");
            assertThatThrownBy(() -> vae.encode(video(16, 3, 1), plain))
                    .hasMessage("height must be a multiple of 8, found 3; nearest: 8");
            assertThatThrownBy(() -> vae.encode(video(16, 16, 1), plain.withTile(20, 16)))
                    .hasMessageContaining("a tile's width must be a multiple of 8");
            Scopes.run(() -> {
                Tensor other = Tensors.zeros(ScalarType.Float, 1, 3, 4, 2, 2);
                assertThatThrownBy(() -> vae.decode(other, 8, plain))
                        .hasMessage("latents must have shape (1, ?, 16, ?, ?), found (1, 3, 4, 2, 2)");
                Tensor broken = Tensors.of(new float[] {Float.NaN}, 1, 1, 1, 1, 1);
                assertThatThrownBy(() -> vae.decode(broken, 8, plain)).hasMessageContaining("latents must be finite");
            });
        }
        assertThatThrownBy(() -> Kinema.openVae(empty))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("model_index.json: missing");
    }

    private static int number(String key) {
        return Integer.parseInt(key.substring("latents_step".length()));
    }

    private static float[] latents(VideoAutoencoder vae, Video video, CodingOptions options) {
        try (Tensor latents = vae.encode(video, options)) {
            return Tensors.floats(latents);
        }
    }

    private static double meanDifference(Video a, Video b) {
        double sum = 0;
        for (int t = 0; t < a.frames().size(); t++) {
            byte[] one = a.frames().get(t);
            byte[] other = b.frames().get(t);
            for (int i = 0; i < one.length; i++) {
                sum += Math.abs((one[i] & 0xff) - (other[i] & 0xff));
            }
        }
        return sum / (3.0 * a.width() * a.height() * a.frames().size());
    }

    private static Video grey(Video like) {
        byte[] frame = new byte[3 * like.width() * like.height()];
        Arrays.fill(frame, (byte) 128);
        return new Video(
                like.width(),
                like.height(),
                8,
                Collections.nCopies(like.frames().size(), frame));
    }

    /** A red square that moves over a sky. */
    private static Video video(int width, int height, int count) {
        List<byte[]> frames = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            byte[] frame = new byte[3 * width * height];
            for (int i = 0; i < frame.length; i++) {
                frame[i] = SKY[i % 3];
            }
            for (int y = height / 4; y < height / 2; y++) {
                for (int x = t; x < Math.min(width, t + width / 4); x++) {
                    frame[3 * (y * width + x)] = (byte) 200;
                }
            }
            frames.add(frame);
        }
        return new Video(width, height, 8, frames);
    }
}
