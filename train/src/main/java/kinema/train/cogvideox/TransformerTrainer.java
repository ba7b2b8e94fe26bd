package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Video;
import kinema.VideoModel;
import kinema.diffusion.SchedulerType;
import kinema.system.OpenOptions;
import kinema.text.KnownWords;
import kinema.train.ClipSource;
import kinema.train.Learner;
import kinema.train.NetworkFolder;
import kinema.train.Run;
import kinema.train.Strip;
import kinema.train.TrainingListener;
import kinema.train.TrainingLoop;
import kinema.train.data.Precompute;
import kinema.train.data.Shards;

/**
 * Trains CogVideoX's expert transformer on precomputed clips: it learns the velocity of noisy latents, with timesteps spread
 * evenly over each step, stage after stage (sections 2.2, 3.1 and 3.3 of the paper).
 */
public final class TransformerTrainer {
    private static final int PICTURES = 4;

    private final TransformerRecipe recipe;
    private final ClipSource source;

    /** A trainer of one recipe, with the clips it names. */
    public TransformerTrainer(TransformerRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
    }

    /**
     * Turns the clips into latents and text states on disk, which a run of the recipe then finds.
     *
     * @return whether all is there; false after a cancellation
     */
    public boolean precompute(TrainingListener listener) {
        try (TransformerModel model = new TransformerModel(recipe);
                LatentCoder coder = new LatentCoder(model)) {
            return job(coder, listener).run();
        }
    }

    /** Precomputes the clips, trains, or goes on training, and writes what is finished into the run's folder. */
    public void run(Run run) {
        recipe.precision().tell(run);
        TransformerMemory.of(recipe)
                .tell(run, "lower stages.batch and raise accumulate, or set recompute: true, or train a LoRA");
        try (TransformerModel model = new TransformerModel(recipe);
                LatentCoder coder = new LatentCoder(model)) {
            Precompute job = job(coder, run.listener());
            double[] ready = {run.leads() && job.run() ? 1 : 0}; // the others wait for the one that precomputes
            if (run.workers().sum(ready)[0] > 0) {
                try (Shards shards = job.open();
                        TransformerObjective objective =
                                new TransformerObjective(recipe, model, source, shards, coder)) {
                    train(run, model, objective);
                }
            }
        }
    }

    private void train(Run run, TransformerModel model, TransformerObjective objective) {
        Learner learner = new Learner(model.parameters(), recipe.optimizer(), objective);
        TrainingLoop loop = new TrainingLoop(run, recipe.pace(), recipe.seed(), learner);
        boolean ended = loop.run(step -> draw(run, model, step));
        if (ended && run.leads()) {
            model.write(run.folder().model(), source.fps());
            writeWords(run.folder().model());
            run.listener().line("wrote " + run.folder().model() + use());
        }
    }

    /** How a result is used that cannot say so itself. */
    private String use() {
        TransformerRecipe.Distill distill = recipe.distill();
        return distill.steps() > 0 && recipe.lora().rank() > 0
                ? "; generate with it by --scheduler ddim --steps " + distill.steps() + " --guidance 1"
                : "";
    }

    /** A new model knows its clips' words alone; one that was trained further knows those of before and more. */
    private void writeWords(Path model) {
        Optional<KnownWords> words = source.words();
        if (recipe.start().isEmpty() || words.isEmpty()) {
            new NetworkFolder(model).words(words);
        }
    }

    /** Where latents and text states go. */
    public Path cache() {
        return recipe.cache().isEmpty() ? Path.of(recipe.output(), "cache") : Path.of(recipe.cache());
    }

    private Precompute job(LatentCoder coder, TrainingListener listener) {
        return new Precompute(cache(), source, recipe.sizes(), coder, listener);
    }

    /** As the trained network is to be used: a student takes its own steps. */
    private GenerationRequest request(String prompt) {
        GenerationRequest.Builder request = GenerationRequest.of(prompt).seed(recipe.seed());
        int few = recipe.distill().steps();
        return few == 0
                ? request.build()
                : request.scheduler(SchedulerType.DDIM).steps(few).guidance(1).build();
    }

    /** Writes the model as it is now beside the run and draws prompts with it, as a user would. */
    private void draw(Run run, TransformerModel model, long step) {
        Path now = run.folder().file("now");
        model.write(now, source.fps());
        Path lora = model.loraFile(now);
        List<Video> rows = new ArrayList<>();
        try (VideoModel opened =
                lora == null ? Kinema.open(now) : Kinema.open(model.folder(), OpenOptions.DEFAULT.withLora(lora, 1))) {
            for (String prompt : source.prompts(PICTURES)) {
                try (Generation made = opened.generate(request(prompt), GenerationListener.NONE)) {
                    rows.add(made.video());
                }
            }
        }
        Strip.write(run.folder().sample(step), rows, 2);
    }
}
