package kinema.train.show1;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Video;
import kinema.VideoModel;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.Learner;
import kinema.train.Run;
import kinema.train.Strip;
import kinema.train.TrainingListener;
import kinema.train.TrainingLoop;
import kinema.train.data.Precompute;
import kinema.train.data.Shards;
import org.jspecify.annotations.Nullable;

/**
 * Trains the network of a Show-1's stage on precomputed clips. Each run's {@code model/} holds the checkpoints it was given and the one it
 * trained; with the last it is a whole model, and before a model that makes videos as far as it goes.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3</a>
 */
public final class StageTrainer {
    private static final int PICTURES = 4;
    private static final int SHOWN = 8; // frames of a row, about

    private final StageKind kind;
    private final StageRecipe recipe;
    private final ClipSource source;
    private final StageFolder folder;

    /**
     * A trainer of one recipe, with the clips it names.
     *
     * @throws IllegalArgumentException when the stage cannot be trained so, naming the key
     */
    public StageTrainer(StageKind kind, StageRecipe recipe) {
        recipe.check(kind);
        this.kind = kind;
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        folder = new StageFolder(kind, recipe, source);
    }

    /** Precomputes the clips, trains, or goes on training, and writes what is there of a model into the run's folder. */
    public void run(Run run) {
        try (OpenVae vae = kind.latents() ? OpenVae.of(recipe) : null;
                StageTexts texts = new StageTexts(kind, recipe);
                StageNetwork network = network(run, texts, vae)) {
            Precompute job = job(new StageCoder(kind, texts, vae), run.listener());
            double[] ready = {run.leads() && job.run() ? 1 : 0}; // the others wait for the one that precomputes
            if (run.workers().sum(ready)[0] > 0) {
                try (Shards shards = job.open();
                        StageObjective objective = objective(network, shards, texts)) {
                    train(run, network, objective);
                }
            }
        }
    }

    private StageNetwork network(Run run, StageTexts texts, @Nullable OpenVae vae) {
        StageNetwork.Widths widths = new StageNetwork.Widths(
                texts.width(), vae == null ? 0 : vae.config().latentChannels());
        recipe.precision().tell(run);
        StageNetwork.memory(kind, recipe, widths, vae == null ? 1 : vae.config().compression())
                .tell(run, "a smaller batch, smaller clips or a smaller network take less");
        return new StageNetwork(kind, recipe, widths);
    }

    private StageObjective objective(StageNetwork network, Shards shards, StageTexts texts) {
        return Scopes.run(() -> new StageObjective(kind, recipe, network, shards, texts.states(List.of(""))));
    }

    private Precompute job(StageCoder coder, TrainingListener listener) {
        Path cache = recipe.cache().isEmpty() ? Path.of(recipe.output(), "cache") : Path.of(recipe.cache());
        return new Precompute(cache, source, List.of(recipe.size()), coder, listener);
    }

    private void train(Run run, StageNetwork network, StageObjective objective) {
        Learner learner = new Learner(network.parameters(), recipe.optimizer(), objective);
        TrainingLoop loop = new TrainingLoop(run, recipe.pace(), recipe.seed(), learner);
        boolean ended = loop.run(step -> {
            run.listener().line(String.format(Locale.ROOT, "held-out clips: %.5f squared error", objective.heldOut()));
            draw(run, network, step);
        });
        if (ended && run.leads()) {
            folder.write(run.folder().model(), network);
            run.listener().line("wrote " + run.folder().model());
        }
    }

    /** Writes the model as it is now beside the run and, where it goes as far as this stage, draws prompts with it as a user would. */
    private void draw(Run run, StageNetwork network, long step) {
        Path now = run.folder().file("now");
        folder.write(now, network);
        if (!folder.isWhole(now)) {
            return;
        }
        List<Video> rows = new ArrayList<>();
        try (VideoModel opened = Kinema.open(now)) {
            for (String prompt : source.prompts(PICTURES)) {
                GenerationRequest request =
                        GenerationRequest.of(prompt).seed(recipe.seed()).build();
                try (Generation made = opened.generate(request, GenerationListener.NONE)) {
                    rows.add(made.video());
                }
            }
        }
        int frames = rows.get(0).frames().size();
        Strip.write(run.folder().sample(step), rows, Math.max(1, frames / SHOWN));
    }
}
