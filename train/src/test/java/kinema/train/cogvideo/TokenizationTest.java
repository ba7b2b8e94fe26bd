package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kinema.Video;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.text.IceVocabulary;
import kinema.nn.OneDnn;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.Runs;
import kinema.train.TrainingListener;
import kinema.train.data.FolderClips;
import kinema.train.data.Shards.Row;
import kinema.train.world.World;
import kinema.train.world.WorldClips;
import kinema.video.VideoFiles;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of tokens from users' videos and from the rendered world. */
class TokenizationTest {
    @TempDir
    static Path shared;

    private static Path model;

    @TempDir
    Path folder;

    @BeforeAll
    static void write() {
        torch.set_num_threads(1);
        model = SmallTokenizer.write(shared.resolve("model"));
    }

    /** Videos of 3, 1.5 and 0.75 s: 24, 12 and 6 frames at 8 fps, of which the lowest rates with five frames are 2, 4 and 8 fps. */
    @Test
    void aClipHasTheLowestRateAtWhichItHasFiveFrames() throws IOException {
        video("a.mp4", 24);
        video("b.mp4", 12);
        video("c.mp4", 6);
        List<String> lines = new ArrayList<>();
        TokenRecipe recipe = recipe("rates: [8, 2, 4]");
        assertThat(new Tokenization(recipe).run(lines::add)).isTrue();
        Scopes.run(() -> {
            try (TokenRows rows = TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.CLIPS)) {
                assertThat(rows.rows()).hasSize(3);
                IceVocabulary words = new CogVideoFiles(model).vocabulary(SmallTokenizer.IMAGE.codes());
                for (Row row : rows.rows()) {
                    int step = 4 >> row.number();
                    double seconds = 2.0 / (1 << row.number());
                    assertThat(text(rows, row))
                            .containsExactly(text(words, seconds, "a b c".substring(0, 1 + 2 * (int) row.number())));
                    assertThat(Tensors.longs(rows.frames(List.of(row))))
                            .containsExactly(tokens((int) row.number(), step));
                }
                assertThat(rows.about().startOfImage()).isEqualTo(words.startOfImage());
                assertThat(rows.about().frameTokens()).isEqualTo(16);
            }
        });
    }

    @Test
    void filesThatCannotBeUsedAreToldOfCountedAndLeftOut() throws IOException {
        video("a.mp4", 24);
        video("short.mp4", 4);
        Files.writeString(folder.resolve("clips/broken.mp4"), "no video");
        Files.writeString(folder.resolve("clips/broken.txt"), "a");
        List<String> lines = new ArrayList<>();
        assertThat(new Tokenization(recipe("rates: [4, 8]")).run(lines::add)).isTrue();
        assertThat(lines)
                .anyMatch(line -> line.startsWith("skipped: ") && line.contains("broken.mp4"))
                .anyMatch(line -> line.startsWith("skipped: ") && line.contains("short.mp4: has 4 frames"))
                .anyMatch(line -> line.startsWith("2 of 3 clips were skipped"));
        assertThat(Files.readString(folder.resolve("rows/manifest.json"))).contains("broken.mp4", "short.mp4");
        try (TokenRows rows = TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.CLIPS)) {
            assertThat(rows.rows()).hasSize(1);
        }
    }

    @Test
    void whatIsDoneIsNotDoneAgainAndEndsTheSame() throws IOException {
        String world = "rates: [4, 8]\nwithin: 10\nending: ' 视频'\ndata: {sources: [{kind: world, clips: 130}]}";
        assertThat(new Tokenization(recipe(world)).run(line -> {})).isTrue();
        Path whole = Files.move(folder.resolve("rows"), folder.resolve("whole"));
        boolean done = new Tokenization(recipe(world)).run(new TrainingListener() {
            private int lines;

            @Override
            public void line(String text) {
                lines++;
            }

            @Override
            public boolean cancelled() {
                return lines > 0;
            }
        });
        assertThat(done).isFalse();
        assertThatThrownBy(() -> TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.CLIPS))
                .hasMessageContaining("tokens.json: no such file; make the rows of tokens by 'kinema tokenize RECIPE'");
        assertThat(new Tokenization(recipe(world)).run(line -> {})).isTrue();
        try (Stream<Path> files = Files.list(whole)) {
            for (Path file : files.toList()) {
                assertThat(folder.resolve("rows").resolve(file.getFileName())).hasSameBinaryContentAs(file);
            }
        }
        Scopes.run(() -> {
            try (TokenRows rows = TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.CLIPS)) {
                long[] firsts = rows.rows().stream()
                        .mapToLong(row -> text(rows, row)[1])
                        .distinct()
                        .toArray();
                assertThat(firsts).as("both durations, 1.0 and 0.5 s").hasSize(2);
            }
        });
    }

    /** For comparison with the paper's frame-rate conditioning: the texts say one duration whatever the rows span. */
    @Test
    void allRowsCanStateTheSameSeconds() throws IOException {
        String world = "rates: [4, 8]\nwithin: 10\nseconds: 2\ndata: {sources: [{kind: world, clips: 20}]}";
        assertThat(new Tokenization(recipe(world)).run(line -> {})).isTrue();
        Scopes.run(() -> {
            IceVocabulary words = new CogVideoFiles(model).vocabulary(SmallTokenizer.IMAGE.codes());
            long[] said = words.encode("2.0秒");
            try (TokenRows rows = TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.CLIPS)) {
                assertThat(rows.rows())
                        .allSatisfy(row -> assertThat(text(rows, row)).startsWith(said));
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"CLIPS", "PAIRS"})
    void clipsThatAreCodedTogetherHaveTheirOwnTokens(TokenRecipe.Rows kind) throws IOException {
        boolean clips = kind == TokenRecipe.Rows.CLIPS;
        String world = clips ? "rates: [4]" : "rows: pairs";
        try (TokenCoder coder = new TokenCoder(recipe(world), new CogVideoFiles(model))) {
            Scopes.run(() -> {
                Shape shape = coder.shapes().get(0);
                List<CaptionedClip> some = rendered(shape, 3);
                Map<String, Tensor> together = coder.code(some, shape, 0);
                for (int i = 0; i < 3; i++) {
                    Map<String, Tensor> alone = coder.code(List.of(some.get(i)), shape, 0);
                    assertThat(alone.keySet()).isEqualTo(together.keySet());
                    for (String key : alone.keySet()) {
                        double same = together.get(key)
                                .narrow(0, i, 1)
                                .eq(alone.get(key))
                                .to(ScalarType.Double)
                                .mean()
                                .item_double();
                        assertThat(same)
                                .as(key)
                                .isGreaterThan(0.95); // convolutions of more pictures may round otherwise
                    }
                }
                assertThat(together.get("frames").shape()).containsExactly(3, clips ? 5 : 1, 16);
            });
        }
    }

    /** Of the world's pictures each is some moment of its clip; with {@code within} all are the first. */
    @Test
    void picturesCanBeTheFirstFramesOfClips() throws IOException {
        try (TokenCoder coder = new TokenCoder(recipe("rows: pictures\nwithin: 2"), new CogVideoFiles(model));
                TokenCoder any = new TokenCoder(recipe("rows: pictures"), new CogVideoFiles(model))) {
            Scopes.run(() -> {
                Shape shape = coder.shapes().get(0);
                assertThat(shape).isEqualTo(new Shape(32, 32, 2));
                List<CaptionedClip> clips = rendered(shape, 6);
                Tensor tokens = coder.code(clips, shape, 0).get("frames"); // (6, 1, 16)
                List<CaptionedClip> first = clips.stream()
                        .map(clip -> new CaptionedClip(
                                new Video(32, 32, 8, clip.video().frames().subList(0, 1)), clip.caption()))
                        .toList();
                Shape picture = new Shape(32, 32, 1);
                assertThat(any.shapes()).containsExactly(picture);
                assertThat(any.code(first, picture, 0).get("frames").equal(tokens))
                        .isTrue();
                Tensor moments = any.code(rendered(picture, 6), picture, 0).get("frames");
                assertThat(moments.equal(tokens)).isFalse();
                List<CaptionedClip> whole = rendered(new Shape(32, 32, 17), 6);
                assertThat(coder.code(whole, shape, 0).get("frames").equal(tokens))
                        .as("the first of all 17 frames")
                        .isTrue();
            });
        }
    }

    @Test
    void tokensInBf16AreNearlyThoseInFp32() throws IOException {
        double same = equalTokens("fp32", "bf16");
        assertThat(same).isGreaterThan(0.9).isLessThanOrEqualTo(1);
        assertThat(same < 1).isEqualTo(OneDnn.shortProducts().isPresent());
    }

    private double equalTokens(String one, String other) throws IOException {
        List<long[]> tokens = new ArrayList<>();
        for (String precision : List.of(one, other)) {
            TokenRecipe recipe = recipe("rates: [4]\nprecision: " + precision);
            try (TokenCoder coder = new TokenCoder(recipe, new CogVideoFiles(model))) {
                Shape shape = coder.shapes().get(0);
                tokens.add(Scopes.run(() -> Tensors.longs(
                        coder.code(rendered(shape, 20), shape, 0).get("frames").to(ScalarType.Long))));
            }
        }
        long[] first = tokens.get(0);
        return IntStream.range(0, first.length)
                .mapToDouble(i -> first[i] == tokens.get(1)[i] ? 1 : 0)
                .average()
                .orElseThrow();
    }

    private static List<CaptionedClip> rendered(Shape shape, int count) {
        ClipSource world = new WorldClips(new World(), count, 8);
        return IntStream.range(0, count).mapToObj(i -> world.clip(i, shape)).toList();
    }

    @Test
    void picturesAndPairsHaveTheirCaptionAlone() throws IOException {
        String world = "\ndata: {sources: [{kind: world, clips: 3}]}";
        assertThat(new Tokenization(recipe("rows: pairs\ntext_tokens: 4" + world)).run(line -> {}))
                .isTrue();
        Scopes.run(() -> {
            try (TokenRows rows = TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.PAIRS)) {
                assertThat(rows.frames(rows.rows()).shape()).containsExactly(3, 1, 16);
                assertThat(rows.large(rows.rows()).shape()).containsExactly(3, 64);
                assertThat(rows.text(rows.rows()).shape()).containsExactly(3, 4);
                assertThat(Arrays.stream(Tensors.longs(rows.frames(rows.rows()))))
                        .allMatch(id -> id >= 0 && id < 40);
            }
        });
        assertThatThrownBy(() -> TokenRows.open(folder.resolve("rows"), TokenRecipe.Rows.PICTURES))
                .hasMessageContaining("must hold rows of PICTURES, found PAIRS");
        assertThatThrownBy(() -> new Tokenization(recipe("rows: pictures" + world)).run(line -> {}))
                .hasMessageContaining("its shards were made from");
    }

    /** A vocabulary of the world's captions, beside the image autoencoder that is there, and rows of tokens with both. */
    @Test
    void aVocabularyIsTrainedAndUsed() throws IOException {
        Path run = folder.resolve("vocabulary");
        String text = "seed: 1\noutput: " + run + "\nmodel: " + model + "\npieces: 300\ncaptions: 300\n"
                + "texts: ['0.5秒', '1.0秒', '视频']\ndata: {sources: [{kind: world, clips: 1000}]}\n";
        VocabularyRecipe recipe = Runs.recipe(text, VocabularyRecipe.class);
        List<String> lines = new ArrayList<>();
        new VocabularyTrainer(recipe).run(new Run(RunFolder.start(run, "vocabulary", recipe), lines::add));
        assertThat(lines).singleElement().asString().endsWith(" pieces from 300 captions");
        IceVocabulary words = new CogVideoFiles(run.resolve("model")).vocabulary(40);
        String prompt = "a red rocket flies up 视频";
        assertThat(words.encode(prompt)).hasSizeLessThan(16).doesNotContain(40);
        assertThat(words.decode(words.encode(prompt))).isEqualTo(prompt);
        assertThat(words.decode(words.encode("0.5秒"))).isEqualTo("0.5秒");
        String rows = text.substring(0, text.indexOf("pieces:"))
                .replace(run.toString(), folder.resolve("rows") + "")
                .replace(model.toString(), run.resolve("model") + "");
        String data = "side: 32\nrates: [8]\ndata: {sources: [{kind: world, clips: 3}]}\n";
        assertThat(new Tokenization(Runs.recipe(rows + data, TokenRecipe.class)).run(line -> {}))
                .isTrue();
    }

    @Test
    void recipesNameWhatIsWrong() {
        assertWrong("side: 30", "side must be a multiple of 8 pixels, found 30");
        assertWrong("rates: [3]", "rates must divide the clips' 8.0 frames per second, found 3.0");
        assertWrong("rates: []", "rates must have at least one entry for rows of clips");
        assertWrong(
                "rates: [4]\nwithin: 8", "within must have room for five frames of each rate; 4.0 takes 9, found 8");
        assertWrong("rows: pictures\nwithin: 1", "within must be 0, or 2 frames or more, found 1");
        assertWrong("rows: pictures\nseconds: 2", "seconds belong to rows of clips alone, found 2.0");
        assertWrong("rates: [4]\ntimes: 1", "times must be 2 or more, found 1");
        assertWrong("rates: [4]\ntext_tokens: 1", "text_tokens must be 2 or more, found 1");
    }

    private void assertWrong(String line, String message) {
        assertThatThrownBy(() -> recipe(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** A row's text without padding. */
    private static long[] text(TokenRows rows, Row row) {
        long[] ids = Tensors.longs(rows.text(List.of(row)));
        float[] present = Tensors.floats(rows.present(List.of(row)));
        int first = ids.length;
        while (first > 0 && present[first - 1] == 1) {
            first--;
        }
        assertThat(Arrays.equals(Arrays.copyOf(present, first), new float[first]))
                .isTrue();
        return Arrays.copyOfRange(ids, first, ids.length);
    }

    private static long[] text(IceVocabulary words, double seconds, String caption) {
        return Stream.of(words.encode(seconds + "秒"), new long[] {words.newline()}, words.encode(caption))
                .flatMapToLong(LongStream::of)
                .toArray();
    }

    /** Tokens of frames 0, s, … 4s of a clip at 8 fps. */
    private long[] tokens(int number, int step) {
        CogVideoFiles files = new CogVideoFiles(model);
        FolderClips clips = new FolderClips(folder.resolve("clips"), 8);
        Video video = clips.clip(number, new Shape(32, 32, 4 * step + 1)).video();
        List<byte[]> five =
                Stream.of(0, 1, 2, 3, 4).map(i -> video.frames().get(i * step)).toList();
        try (Checkpoint weights = files.open(Part.IMAGE, Placement.resident(ScalarType.Float))) {
            ImageAutoencoder image = weights.load(w -> new ImageAutoencoder(w, SmallTokenizer.IMAGE));
            Tensor frames = Clips.batch(List.of(new Video(32, 32, 2, five))); // (1, 3, 5, H, W)
            return Tensors.longs(image.encode(ImageObjective.pixels(frames.permute(2, 1, 0, 3, 4)), 8));
        }
    }

    private TokenRecipe recipe(String more) throws IOException {
        String data = more.contains("data:")
                ? ""
                : "data: {sources: [{kind: folder, folder: '" + folder.resolve("clips") + "'}]}\n";
        return Runs.recipe(
                "seed: 3\noutput: " + folder.resolve("rows") + "\nmodel: " + model + "\n"
                        + (more.contains("rates:") ? "" : "rates: []\n")
                        + (more.contains("side:") ? "" : "side: 32\n")
                        + (more.contains("text_tokens:") ? "" : "text_tokens: 24\n") + data + more + "\n",
                TokenRecipe.class);
    }

    /** A clip at 8 fps in which a square goes from left to right, and its caption, a letter more for each file. */
    private void video(String name, int count) throws IOException {
        Path clips = Files.createDirectories(folder.resolve("clips"));
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] frame = new byte[3 * 32 * 32];
            for (int y = 8; y < 24; y++) {
                Arrays.fill(frame, 3 * (y * 32 + i), 3 * (y * 32 + i + 8), (byte) (80 + 7 * i));
            }
            frames.add(frame);
        }
        VideoFiles.save(new Video(32, 32, 8, frames), clips.resolve(name));
        int letters = Math.max(0, "abc".indexOf(name.charAt(0)));
        Files.writeString(clips.resolve(name.replace(".mp4", ".txt")), "a b c".substring(0, 1 + 2 * letters));
    }
}
