package kinema;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.diffusion.Phase;
import kinema.diffusion.PipelineOutput;
import kinema.diffusion.Sampling;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.SamplingObserver;
import kinema.diffusion.VideoPipeline;
import kinema.tensor.Scopes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A system's pipeline behind the library's door: fills in defaults, finishes the frames, records provenance. */
final class PipelineModel implements VideoModel {
    private final String name;
    private final String system;
    private final String digest;
    private final VideoPipeline pipeline;

    PipelineModel(Path folder, String system, VideoPipeline pipeline) {
        this.name = folder.toAbsolutePath().normalize().getFileName().toString();
        this.system = system;
        this.digest = CheckpointDigest.of(folder);
        this.pipeline = pipeline;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String system() {
        return system;
    }

    @Override
    public SamplingDefaults defaults() {
        return pipeline.defaults();
    }

    @Override
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        Sampling sampling = resolve(request);
        double fps = request.fps().orElse(defaults().fps());
        Observer observer = new Observer(listener, request.tensors());
        try {
            return Scopes.run(() -> {
                PipelineOutput output = pipeline.run(sampling, observer);
                observer.tensor("video", output.video());
                return new Generation(
                        new Video(sampling.width(), sampling.height(), fps, frames(output.video())),
                        provenance(sampling, fps),
                        output.tokens(),
                        output.cutText(),
                        observer.kept);
            });
        } catch (RuntimeException e) {
            observer.kept.values().forEach(Scopes::free);
            throw e;
        }
    }

    @Override
    public void close() {
        pipeline.close();
    }

    private Sampling resolve(GenerationRequest request) {
        SamplingDefaults defaults = defaults();
        return new Sampling(
                request.prompt(),
                request.negative(),
                request.seed(),
                request.scheduler().orElse(defaults.scheduler()),
                request.steps().orElse(defaults.steps()),
                request.guidance().orElse(defaults.guidance()),
                request.dynamicGuidance(),
                request.width().orElse(defaults.width()),
                request.height().orElse(defaults.height()),
                request.frames().orElse(defaults.frames()),
                request.compat(),
                request.tile());
    }

    private Provenance provenance(Sampling s, double fps) {
        return new Provenance(
                name,
                digest,
                s.prompt(),
                s.negative(),
                s.seed(),
                s.scheduler(),
                s.steps(),
                s.guidance(),
                s.dynamicGuidance(),
                s.width(),
                s.height(),
                s.frames(),
                fps,
                s.compat(),
                s.tile().orElse(null),
                Kinema.version());
    }

    /** Rounds (T, H, W, 3) in [0, 1] to bytes, one array a frame. */
    private static List<byte[]> frames(Tensor video) {
        return Scopes.run(() -> {
            Tensor rounded =
                    video.mul(new Scalar(255.0)).round().to(ScalarType.Byte).contiguous(); // (T, H, W, 3)
            int size = Math.toIntExact(video.size(1) * video.size(2) * video.size(3));
            BytePointer bytes = new BytePointer(rounded.data_ptr()).capacity(rounded.numel());
            List<byte[]> frames = new ArrayList<>();
            for (long t = 0; t < video.size(0); t++) {
                byte[] frame = new byte[size];
                bytes.position(t * size).get(frame);
                frames.add(frame);
            }
            return frames;
        });
    }

    /** Hands a pipeline's events to the caller's listener and keeps its tensors where asked to. */
    private static final class Observer implements SamplingObserver {
        private final GenerationListener listener;
        private final boolean keep;
        private final Map<String, Tensor> kept = new LinkedHashMap<>();

        private Observer(GenerationListener listener, boolean keep) {
            this.listener = listener;
            this.keep = keep;
        }

        @Override
        public void phase(Phase phase) {
            listener.phase(phase);
        }

        @Override
        public void step(int done, int total) {
            listener.step(done, total);
        }

        @Override
        public void tensor(String name, Tensor tensor) {
            if (keep) {
                kept.put(name, Scopes.own(Scopes.keep(() -> tensor.detach().clone())));
            }
        }

        @Override
        public void checkCancelled() {
            if (listener.cancelled()) {
                throw new CancellationException("the generation was cancelled");
            }
        }
    }
}
