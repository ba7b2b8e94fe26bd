package kinema.eval;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.EngineNote;
import kinema.FrameSink;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Job;
import kinema.LatentsNotes;
import kinema.ModelNote;
import kinema.Outcome;
import kinema.Provenance;
import kinema.UnfinishedRun;
import kinema.Video;
import kinema.VideoModel;
import kinema.memory.MemoryPlan;
import kinema.memory.StageMemory;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.ValueType;
import kinema.system.VideoSize;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import kinema.train.world.Prompt;
import kinema.train.world.Scenario;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;

/** A model that renders what a prompt of the evaluation asks for, or always one and the same scenario. */
final class RenderingModel implements VideoModel {
    private final World world;
    private final List<Prompt> prompts;
    private final @Nullable Scenario always;

    RenderingModel(World world, @Nullable Scenario always) {
        this.world = world;
        this.prompts = world.evaluationPrompts(100);
        this.always = always;
    }

    @Override
    public String name() {
        return "rendering";
    }

    @Override
    public String system() {
        return "test";
    }

    @Override
    public VideoSize size() {
        return new VideoSize(64, 64, 17, World.FPS);
    }

    @Override
    public Schema settings() {
        return new Schema(List.of(
                Setting.of("steps", "none are taken", ValueType.whole(1, 100)).withStandard(1),
                Setting.of("guidance", "there is none", ValueType.number(1, 100, "between 1 and 100"))
                        .withStandard(1.0)));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public Job prepare(GenerationRequest request, boolean framesKept) {
        return new Rendering(request);
    }

    @Override
    public void close() {}

    /** What a request asks for, rendered. */
    private final class Rendering implements Job {
        private final GenerationRequest request;

        Rendering(GenerationRequest request) {
            this.request = request;
        }

        @Override
        public MemoryPlan plan() {
            StageMemory stage = new StageMemory("decode", Optional.empty(), Optional.empty(), 0, 0, 0);
            return new MemoryPlan(List.of(stage), Precision.FP32, 0, 1, Optional.empty());
        }

        @Override
        public Provenance provenance() {
            Sampling sampling = new Sampling(
                    request.prompt(),
                    request.seed(),
                    size(),
                    settings().complete(request.settings()),
                    Optional.empty(),
                    Optional.empty());
            return new Provenance(
                    new ModelNote(
                            system(), name(), "0123", List.of(), Optional.empty(), Precision.FP32, Quantization.OFF),
                    new EngineNote("test", Device.CPU, null),
                    sampling,
                    Optional.empty(),
                    Optional.empty());
        }

        @Override
        public Optional<UnfinishedRun> begun() {
            return Optional.empty();
        }

        @Override
        public Optional<LatentsNotes> latentsNotes() {
            return Optional.empty();
        }

        @Override
        public Optional<String> difference(Provenance earlier) {
            return earlier.difference(provenance());
        }

        @Override
        public Outcome run(GenerationListener listener, FrameSink sink) {
            if (listener.cancelled()) {
                throw new CancellationException();
            }
            Scenario scenario = always != null ? always : asked(request.prompt());
            Video video = world.render(scenario, 64, 17, request.seed()).video();
            sink.begin(provenance());
            video.frames().forEach(sink::frame);
            return new Outcome(provenance(), 1, "", Map.of());
        }
    }

    private Scenario asked(String text) {
        return prompts.stream()
                .filter(p -> p.text().equals(text))
                .findFirst()
                .orElseThrow()
                .scenario();
    }
}
