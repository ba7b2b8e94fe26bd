package kinema.testing.toy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.system.Stage;
import kinema.system.VideoSystem;
import kinema.testing.SystemContract;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cascade needs no line outside its package. */
class ToyCascadeTest extends SystemContract {
    @TempDir
    static Path folder;

    @BeforeAll
    static void write() {
        ToyCascade.write(folder);
    }

    @Override
    protected VideoSystem system() {
        return new ToyCascade();
    }

    @Override
    protected Path model() {
        return folder;
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of("a boat").set("coarse.steps", 2).set("fine.steps", "3");
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().frames(6).build(), "frames must be 3k+1, found 6",
                request().size(3, 4).build(), "width and height must be even, found 3x4",
                request().steps(5).build(), "this model has no setting 'steps'; it has negative, coarse.steps",
                request().set("coarse.steps", 0).build(), "coarse.steps must be at least 1, found 0");
    }

    /** Frames that two windows share are those of the first; other steps of the fine stage change no coarse pixel. */
    @Override
    protected void holdAgainstTheReference() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            List<byte[]> seven = frames(model, request().seed(1).frames(7));
            List<byte[]> four = frames(model, request().seed(1).frames(7).set("negative", "zz"));
            assertThat(seven).hasSize(7);
            assertThat(four.get(0)).isNotEqualTo(seven.get(0));
        }
    }

    @Test
    void listenersHearEveryWindow() {
        List<String> events = new ArrayList<>();
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest request = request().seed(1).build();
            model.generate(request, new GenerationListener() {
                        @Override
                        public void stage(Stage stage, int number, int count) {
                            events.add(stage + " " + number + "/" + count);
                        }

                        @Override
                        public void part(String name) {
                            events.add(name);
                        }

                        @Override
                        public void step(int done, int total) {
                            events.add(done + "/" + total);
                        }
                    })
                    .close();
        }
        assertThat(events)
                .containsExactly(
                        "text 1/4",
                        "coarse 2/4",
                        "1/2",
                        "2/2",
                        "fine 3/4",
                        "window 1 of 2",
                        "1/6",
                        "2/6",
                        "3/6",
                        "window 2 of 2",
                        "4/6",
                        "5/6",
                        "6/6",
                        "write 4/4");
    }

    private static List<byte[]> frames(VideoModel model, GenerationRequest.Builder request) {
        try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
            return made.video().frames();
        }
    }
}
