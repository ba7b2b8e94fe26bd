package kinema.cogvideo;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.FrameMaker.Prompts;
import kinema.cogvideo.image.Pictures;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.cogvideo.text.StageTexts;
import kinema.cogvideo.upscale.DirectUpscaling;
import kinema.memory.Reservation;
import kinema.system.Run;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.Stage;
import kinema.system.Stepper;
import kinema.system.Steps;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * One run: a sentence becomes tokens of five frames, then of the frames between them, then of large pictures, and these become
 * frames.
 *
 * <p>Axes: F frames, N tokens of a small picture, M of a large one, H W rows and columns of pixels. Close it.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3</a>
 */
final class CogVideoRun implements AutoCloseable {
    private final Run run;
    private final Reservation memory;
    private final StageTexts texts;
    private final CogVideoRules rules;
    private final CogVideoConfig config;
    private final CogVideoNetworks networks;
    private final Sampling sampling;
    private final Settings settings;
    private final Timeline timeline;
    private final RunObserver observer;
    private final long startOfImage;
    private final Tensor clusters; // (V)
    private final ClusterSampler sampler;

    CogVideoRun(Run run, Reservation memory, StageTexts texts, CogVideoRules rules, CogVideoNetworks networks) {
        this.run = run;
        this.memory = memory;
        this.texts = texts;
        this.rules = rules;
        config = rules.config();
        this.networks = networks;
        sampling = run.sampling();
        settings = sampling.settings();
        timeline = Timeline.of(sampling);
        observer = run.observer();
        startOfImage = texts.words().startOfImage();
        long[] labels = rules.clusters();
        clusters = Scopes.run(() -> Scopes.own(Tensors.of(labels, labels.length)));
        sampler = new ClusterSampler(clusters);
    }

    /** Takes all stages that are left, one after the other. */
    void run() {
        PromptNotes.tell(sampling.prompt(), texts, rules.readsChinese(), observer);
        Scopes.run(() -> {
            RunState state = run.store().saved().orElseGet(this::begin);
            if (state.stage().equals(CogVideoStages.KEYFRAMES.name())) {
                state = between(keyFrames(state));
            }
            if (state.stage().equals(CogVideoStages.INTERPOLATE.name())) {
                state = interpolated(interpolate(state));
            }
            if (state.stage().equals(CogVideoStages.UPSCALE.name())) {
                decode(upscale(state).changing(FrameTokens.LARGE));
            } else {
                decode(state.changing(FrameTokens.SMALL));
            }
        });
    }

    /** The state before the first step: no frame is known, or those that are given. */
    private RunState begin() {
        observer.stage(CogVideoStages.TEXT);
        long[] ids = texts.keyFrames(isGuided());
        observer.tensor("ids", Tensors.of(ids, 1, ids.length));
        Tensor tokens =
                FrameTokens.unknown(1, timeline.frames(), config.keyframes().frameTokens()); // (1, F, N)
        if (sampling.condition().isPresent()) {
            observer.stage(CogVideoStages.ENCODE);
            tokens = FrameTokens.with(tokens, givenPlaces(), given());
        }
        try (Rng rng = new Rng(sampling.seed())) {
            RunState keyFrames = new RunState(
                    CogVideoStages.KEYFRAMES.name(), 0, Map.of(FrameTokens.SMALL, tokens), rng.state(), Map.of());
            return switch (CogVideoSettings.from(sampling)) {
                case KEYFRAMES -> keyFrames;
                case INTERPOLATE -> between(keyFrames);
                case UPSCALE -> large(keyFrames);
            };
        }
    }

    private List<Integer> givenPlaces() {
        return switch (CogVideoSettings.from(sampling)) {
            case KEYFRAMES -> List.of(0);
            case INTERPOLATE -> timeline.knownPlaces();
            case UPSCALE -> IntStream.range(0, timeline.frames()).boxed().toList();
        };
    }

    /** The tokens of the pictures that are given: (n, N). */
    private Tensor given() {
        Tensor pictures = run.pictures().get(); // (n, H, W, 3)
        return networks.image()
                .use(image -> Scopes.keep(() -> {
                    Pictures coding = new Pictures(image, CogVideoConfig.RATE, false);
                    Tensor[] all = new Tensor[Math.toIntExact(pictures.size(0))];
                    for (int i = 0; i < all.length; i++) {
                        observer.checkCancelled();
                        all[i] = coding.tokens(
                                pictures.narrow(0, i, 1), config.keyframes().grid()); // (1, N)
                    }
                    return Tensors.cat(0, all); // (n, N)
                }));
    }

    private RunState keyFrames(RunState start) {
        RunState end = steps(
                CogVideoStages.KEYFRAMES,
                start,
                KeyFrames.count(isFirstGiven()),
                () -> networks.keyframes()
                        .in(memory.plan(), CogVideoStages.KEYFRAMES.name())
                        .use(network -> {
                            KeyFrames.Task task = new KeyFrames.Task(
                                    network.textToImage(),
                                    network.whole(),
                                    prompts(
                                            texts.firstFrame(),
                                            StageTexts.anyPicture(texts.words()),
                                            settings.get(CogVideoSettings.FIRST_FRAME_GUIDANCE)),
                                    prompts(
                                            texts.keyFrames(isGuided()),
                                            texts.anything(0),
                                            settings.get(CogVideoSettings.GUIDANCE)),
                                    startOfImage,
                                    isFirstGiven());
                            try (KeyFrames frames =
                                    new KeyFrames(task, timeline, drawing(), TokenCount.to(observer), this::shown)) {
                                return taken(start, frames);
                            }
                        }));
        observer.tensor("key_frames", FrameTokens.known(end, FrameTokens.SMALL)); // (5, N)
        return end;
    }

    private RunState interpolate(RunState start) {
        int batch = settings.get(CogVideoSettings.BATCH);
        int count = Interpolation.count(timeline, 1, batch);
        RunState end = steps(
                CogVideoStages.INTERPOLATE,
                start,
                count,
                () -> networks.interpolation()
                        .in(memory.plan(), CogVideoStages.INTERPOLATE.name())
                        .use(network -> {
                            Interpolation.Task task = new Interpolation.Task(
                                    network.whole(),
                                    round -> prompts(
                                            texts.interpolation(round),
                                            texts.anything(round + 1),
                                            settings.get(CogVideoSettings.INTERPOLATION_GUIDANCE)),
                                    1,
                                    startOfImage,
                                    settings.get(CogVideoSettings.COMPAT),
                                    batch);
                            try (Interpolation frames = new Interpolation(
                                    task, timeline, drawing(), TokenCount.to(observer), this::shown)) {
                                return taken(start, frames);
                            }
                        }));
        observer.tensor("frames", FrameTokens.known(end, FrameTokens.SMALL)); // (F, N)
        return end;
    }

    private RunState upscale(RunState start) {
        RunState end = steps(
                CogVideoStages.UPSCALE,
                start,
                timeline.frames(),
                () -> networks.upscaler()
                        .in(memory.plan(), CogVideoStages.UPSCALE.name())
                        .use(network -> {
                            try (DirectUpscaling upscaling = new DirectUpscaling(network, sampler, largeDrawing())) {
                                return taken(
                                        start,
                                        new Upscaling(
                                                upscaling,
                                                texts.upscaling(),
                                                startOfImage,
                                                timeline.frames(),
                                                this::shown));
                            }
                        }));
        observer.tensor("out", FrameTokens.known(end, FrameTokens.LARGE)); // (F, M)
        return end;
    }

    /** From small or large pictures' tokens, (1, F, …), to frames of the video. */
    private void decode(Tensor tokens) {
        observer.checkCancelled();
        observer.stage(CogVideoStages.DECODE);
        networks.image().use(image -> {
            Pictures pictures = new Pictures(image, CogVideoConfig.RATE, settings.get(CogVideoSettings.COMPAT));
            for (int frame = 0; frame < timeline.frames(); frame++) {
                Tensor ids = tokens.select(0, 0).narrow(0, frame, 1); // (1, N or M)
                observer.checkCancelled();
                Scopes.run(() -> {
                    Tensor picture = pictures.of(ids); // (1, h, w, 3)
                    observer.frames(
                            Pictures.enlarged(picture, sampling.size().width() / picture.size(2))); // (1, H, W, 3)
                });
            }
            return timeline;
        });
    }

    /** The state from which frames between the key frames are made. */
    private static RunState between(RunState keyFrames) {
        return new RunState(
                CogVideoStages.INTERPOLATE.name(), 0, keyFrames.changing(), keyFrames.rng(), keyFrames.fixed());
    }

    /** The state from which all else is made of the small pictures. */
    private RunState interpolated(RunState small) {
        return settings.get(CogVideoSettings.UNTIL) == Level.UPSCALE ? large(small) : small;
    }

    /** The state from which large pictures are made. */
    private RunState large(RunState small) {
        Tensor none = FrameTokens.unknown(
                1, timeline.frames(), config.upscaler().orElseThrow().high()); // (1, F, M)
        return new RunState(
                CogVideoStages.UPSCALE.name(),
                0,
                Map.of(FrameTokens.LARGE, none),
                small.rng(),
                Map.of(FrameTokens.SMALL, small.changing(FrameTokens.SMALL)));
    }

    /** The steps of a stage that are left; its network is not loaded where there are none. */
    private RunState steps(Stage stage, RunState start, int count, Supplier<RunState> taking) {
        if (start.done() == count) {
            return start;
        }
        observer.stage(stage);
        RunState end = taking.get();
        memory.stageEnded();
        return end;
    }

    private RunState taken(RunState start, Stepper stepper) {
        return new Steps(run.store(), observer).run(start, stepper);
    }

    /** The texts of a sequence: with guidance away from anything, else with more attention to the text. */
    private Prompts prompts(long[] text, long[] anything, double guidance) {
        if (guidance > 1) {
            return new Prompts(List.of(new Text(text, 0)), List.of(new Text(anything, 0)), guidance);
        }
        return Prompts.plain(List.of(new Text(text, settings.get(CogVideoSettings.TEXT_BIAS))));
    }

    private Drawing drawing() {
        return Drawing.of(
                sampler,
                settings.get(CogVideoSettings.FIRST_FRAME_TEMPERATURE),
                new ClusterSampler.Settings(
                        settings.get(CogVideoSettings.TEMPERATURE),
                        settings.get(CogVideoSettings.TOP_CLUSTERS),
                        settings.get(CogVideoSettings.INNER_TEMPERATURE)));
    }

    private ClusterSampler.Settings largeDrawing() {
        return DirectUpscaling.settings(settings.get(CogVideoSettings.UPSCALE_TEMPERATURE), sampler.clusters());
    }

    /** Pictures of tokens, for previews: (n, N) to (n, H, W, 3). */
    private Tensor shown(Tensor ids) {
        return networks.image().use(image -> new Pictures(image, CogVideoConfig.RATE, false).of(ids));
    }

    private boolean isGuided() {
        return settings.get(CogVideoSettings.GUIDANCE) > 1;
    }

    private boolean isFirstGiven() {
        return sampling.condition().isPresent();
    }

    @Override
    public void close() {
        Scopes.free(clusters);
    }
}
