package kinema.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import kinema.FrameSink;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Outcome;
import kinema.Provenance;
import kinema.UnfinishedRun;
import kinema.VideoModel;
import kinema.system.Stage;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** The runs that {@link SystemContract} compares: what one made, and what it told of on its way. */
final class ContractRuns {
    private ContractRuns() {}

    /** What a generation made. */
    record Made(List<byte[]> frames, float[] video, Provenance provenance) {
        void assertSame(Made other, String when) {
            assertThat(Arrays.equals(video, other.video))
                    .as("video as numbers, " + when)
                    .isTrue();
            assertThat(frames).as("frames, " + when).hasSameSizeAs(other.frames);
            for (int i = 0; i < frames.size(); i++) {
                assertThat(frames.get(i)).as("frame " + i + ", " + when).isEqualTo(other.frames.get(i));
            }
        }
    }

    /** Collects frames. */
    static final class Frames implements FrameSink {
        private final List<byte[]> frames = new ArrayList<>();

        @Override
        public void begin(Provenance provenance) {}

        @Override
        public void frame(byte[] rgb) {
            frames.add(rgb);
        }
    }

    /** Notes stages and steps. */
    static class Events implements GenerationListener {
        final List<String> stages = new ArrayList<>();
        int steps;

        @Override
        public void stage(Stage stage, int number, int count) {
            assertThat(number).as("number of the stage " + stage).isBetween(1, count);
            stages.add(stage.name());
        }

        @Override
        public void step(int done, int total) {
            assertThat(done).isBetween(1, total);
            steps++;
        }
    }

    /** Waits for the other run at the first step. */
    static Events meeting(CyclicBarrier together) {
        return new Events() {
            @Override
            public void step(int done, int total) {
                super.step(done, total);
                if (steps == 1) {
                    try {
                        together.await();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        };
    }

    static Made make(VideoModel model, GenerationRequest.Builder request, GenerationListener listener) {
        Frames frames = new Frames();
        try (Outcome made = model.generate(request.tensors(true).build(), listener, frames)) {
            Tensor video = Objects.requireNonNull(made.tensors().get("video"));
            return new Made(frames.frames, Tensors.floats(video), made.provenance());
        }
    }

    /** A copy of unfinished work as it lies there; empty where there is none yet. */
    static Optional<Path> copy(Path from, Path to) {
        if (!UnfinishedRun.isSaved(from)) {
            return Optional.empty();
        }
        try {
            Files.createDirectories(to);
            for (String name : List.of("request.json", "state.safetensors")) {
                Files.copy(from.resolve(name), to.resolve(name));
            }
            return Optional.of(to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
