package kinema.eval;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kinema.FrameSink;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Outcome;
import kinema.Provenance;
import kinema.Video;
import kinema.VideoModel;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.Phase;
import kinema.diffusion.PhaseMemory;
import kinema.diffusion.SchedulerType;
import kinema.system.Schema;
import kinema.system.VideoSize;
import kinema.tensor.Devices;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
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
        return new Schema(List.of());
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public MemoryPlan plan(GenerationRequest request) {
        return new MemoryPlan(
                List.of(new PhaseMemory(Phase.DECODE, 0, 0)),
                Precision.FP32,
                Residency.RESIDENT,
                Optional.empty(),
                0,
                1,
                Optional.empty());
    }

    @Override
    public Outcome generate(GenerationRequest request, GenerationListener listener, FrameSink sink) {
        if (listener.cancelled()) {
            throw new CancellationException();
        }
        Scenario scenario = always != null ? always : asked(request.prompt());
        Video video = world.render(scenario, 64, 17, request.seed()).video();
        Provenance provenance = provenance(request);
        sink.begin(provenance);
        video.frames().forEach(sink::frame);
        return new Outcome(provenance, 1, "", Map.of());
    }

    @Override
    public Provenance provenance(GenerationRequest request) {
        return new Provenance(
                name(),
                "0123",
                List.of(),
                null,
                Devices.CPU,
                request.prompt(),
                null,
                "",
                request.seed(),
                SchedulerType.DDIM,
                null,
                request.steps().orElse(1),
                request.guidance().orElse(1),
                false,
                64,
                64,
                17,
                World.FPS,
                false,
                null,
                null,
                "test");
    }

    @Override
    public void close() {}

    private Scenario asked(String text) {
        return prompts.stream()
                .filter(p -> p.text().equals(text))
                .findFirst()
                .orElseThrow()
                .scenario();
    }
}
