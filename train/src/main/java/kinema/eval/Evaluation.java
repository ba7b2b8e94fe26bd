package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.Provenance;
import kinema.Video;
import kinema.VideoModel;
import kinema.train.world.Prompt;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;

/**
 * Generates the fixed held-out prompts with fixed seeds and judges every one.
 *
 * <p>The same weights on the same machine give the same result.
 */
public final class Evaluation {
    private static final int JUDGED_RENDERINGS = 120;

    private static final int SAMPLE_FRAMES = 5;

    private final World world;
    private final Judge judge;
    private final int renderings;

    /** An evaluation by this judge. */
    public Evaluation(World world, Judge judge) {
        this(world, judge, JUDGED_RENDERINGS);
    }

    /** An evaluation that measures the judge itself on so many renderings. */
    Evaluation(World world, Judge judge, int renderings) {
        this.world = world;
        this.judge = judge;
        this.renderings = renderings;
    }

    /**
     * Runs the world's first prompts; prompt i has seed i.
     *
     * @throws IllegalArgumentException when the world has fewer prompts
     * @throws CancellationException when the listener ended it
     */
    public EvaluationResult run(VideoModel model, EvaluationRequest request, EvaluationListener listener) {
        List<Prompt> prompts = world.evaluationPrompts(request.prompts());
        List<PromptResult> results = new ArrayList<>();
        @Nullable Provenance settings = null;
        for (int i = 0; i < prompts.size(); i++) {
            checkCancelled(listener);
            GenerationRequest wanted = request.generation(prompts.get(i).text(), i);
            try (Generation made = model.generate(wanted, listener.generation())) {
                settings = settings == null ? made.provenance() : settings;
                Verdict verdict = judge.judge(made.video());
                results.add(new PromptResult(prompts.get(i), i, verdict, sample(made.video())));
            }
            listener.judged(i + 1, prompts.size(), results.get(i));
        }
        if (settings == null) {
            throw new IllegalStateException("the world gave no prompts");
        }
        return new EvaluationResult(
                settings.model().name(), Optional.of(settings), JudgeCheck.run(judge, world, renderings), results);
    }

    /**
     * Judges videos that are there: of the world's first prompts, one for each.
     *
     * @param name whose they are
     * @param count of prompts
     * @param videos reads the video of a prompt, from 0
     * @throws IllegalArgumentException when the world has fewer prompts
     * @throws CancellationException when the listener ended it
     */
    public EvaluationResult judge(String name, int count, IntFunction<Video> videos, EvaluationListener listener) {
        List<Prompt> prompts = world.evaluationPrompts(count);
        List<PromptResult> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            checkCancelled(listener);
            Video video = videos.apply(i);
            results.add(new PromptResult(prompts.get(i), i, judge.judge(video), sample(video)));
            listener.judged(i + 1, count, results.get(i));
        }
        return new EvaluationResult(name, Optional.empty(), JudgeCheck.run(judge, world, renderings), results);
    }

    private static void checkCancelled(EvaluationListener listener) {
        if (listener.generation().cancelled()) {
            throw new CancellationException("the evaluation was cancelled");
        }
    }

    private static Video sample(Video video) {
        int last = video.frames().size() - 1;
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < SAMPLE_FRAMES; i++) {
            frames.add(video.frames().get((int) Math.round((double) i * last / (SAMPLE_FRAMES - 1))));
        }
        return new Video(video.width(), video.height(), video.fps(), frames);
    }
}
