package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kinema.system.Stage;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Previews, and requests at the same time. */
class ListenerTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void layOut() {
        Golden.model("t2v-5b", folder.resolve("one"));
        Golden.model("t2v-1.5", folder.resolve("filled"));
        Kinema.setThreads(1);
    }

    @Test
    void aPreviewFollowsEveryStepWhereOneIsWanted() {
        List<Video> previews = new ArrayList<>();
        List<String> events = new ArrayList<>();
        try (VideoModel model = Kinema.open(folder.resolve("one"))) {
            Video video = generate(model, 1, new Previews(true) {
                @Override
                public void step(int done, int total) {
                    events.add("step " + done);
                }

                @Override
                public void preview(int done, Video preview) {
                    events.add("preview " + done);
                    previews.add(preview);
                }
            });
            assertThat(events).containsExactly("step 1", "preview 1", "step 2", "preview 2");
            for (Video preview : previews) {
                assertThat(preview.frames()).hasSize(3); // the latent frames of nine
                assertThat(List.of(preview.width(), preview.height())).containsExactly(4, 2);
                assertThat(preview.frames().size() / preview.fps())
                        .isEqualTo(video.frames().size() / video.fps());
            }
            assertThat(previews.get(1).frames().get(0))
                    .isNotEqualTo(previews.get(0).frames().get(0));
        }
    }

    @Test
    void whatTheModelSeesOfThePromptIsToldFirst() {
        List<String> events = new ArrayList<>();
        GenerationRequest request = GenerationRequest.of("a red boat ".repeat(200) + "and a lighthouse")
                .seed(1)
                .steps(1)
                .size(32, 16)
                .frames(1)
                .build();
        try (VideoModel model = Kinema.open(folder.resolve("one"));
                Generation made = model.generate(request, new Previews(false) {
                    @Override
                    public void prompt(int tokens, String cutText) {
                        events.add(tokens + " …" + cutText.substring(cutText.length() - 10));
                    }

                    @Override
                    public void stage(Stage stage, int number, int count) {
                        events.add(stage.name());
                    }
                })) {
            assertThat(events).startsWith("226 …lighthouse", "text");
            assertThat(made.cutText()).endsWith("and a lighthouse");
        }
    }

    @Test
    void previewsChangeNothingAndNobodyIsShownOneUnasked() {
        List<Integer> shown = new ArrayList<>();
        try (VideoModel model = Kinema.open(folder.resolve("one"))) {
            Video plain = generate(model, 4, new Previews(false) {
                @Override
                public void preview(int done, Video preview) {
                    shown.add(done);
                }
            });
            assertThat(shown).isEmpty();
            assertThat(generate(model, 4, new Previews(true)).frames()).containsExactlyElementsOf(plain.frames());
        }
    }

    @Test
    void framesThatOnlyFillAPatchAreNotShown() {
        List<Video> previews = new ArrayList<>();
        try (VideoModel model = Kinema.open(folder.resolve("filled"))) {
            generate(model, 1, new Previews(true) {
                @Override
                public void preview(int done, Video preview) {
                    previews.add(preview);
                }
            });
        }
        assertThat(previews).hasSize(2).allSatisfy(p -> assertThat(p.frames()).hasSize(3));
    }

    @Test
    void previewsLeaveNoNativeMemory() {
        try (VideoModel model = Kinema.open(folder.resolve("one"))) {
            generate(model, 1, new Previews(true));
            long before = LivePointers.settled();
            generate(model, 2, new Previews(true));
            assertThat(LivePointers.now()).isEqualTo(before);
        }
    }

    @Test
    void anExceptionOfTheListenerEndsTheGeneration() {
        try (VideoModel model = Kinema.open(folder.resolve("one"))) {
            GenerationListener failing = new Previews(true) {
                @Override
                public void preview(int done, Video preview) {
                    throw new IllegalStateException("no screen");
                }
            };
            assertThatThrownBy(() -> generate(model, 1, failing)).hasMessage("no screen");
            assertThat(generate(model, 1, GenerationListener.NONE).frames()).hasSize(9);
        }
    }

    @Test
    void requestsAtTheSameTimeGiveTheSameBytesAsOneAfterTheOther() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (VideoModel model = Kinema.open(folder.resolve("one"))) {
            List<Video> alone = new ArrayList<>();
            for (int seed = 0; seed < 6; seed++) {
                alone.add(generate(model, seed, GenerationListener.NONE));
            }
            List<Future<Video>> together = new ArrayList<>();
            for (int seed = 0; seed < 6; seed++) {
                long own = seed;
                together.add(threads.submit(() -> generate(model, own, new Previews(own % 2 == 0))));
            }
            for (int seed = 0; seed < 6; seed++) {
                assertThat(together.get(seed).get().frames())
                        .as("seed %d", seed)
                        .containsExactlyElementsOf(alone.get(seed).frames());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Video generate(VideoModel model, long seed, GenerationListener listener) {
        // Every sampler keeps something else from step to step.
        GenerationRequest request = GenerationRequest.of("a boat on the sea " + seed)
                .seed(seed)
                .steps(2)
                .size(32, 16)
                .frames(9)
                .build();
        try (Generation made = model.generate(request, listener)) {
            return made.video();
        }
    }

    private static class Previews implements GenerationListener {
        private final boolean wanted;

        Previews(boolean wanted) {
            this.wanted = wanted;
        }

        @Override
        public boolean wantsPreviews() {
            return wanted;
        }
    }
}
