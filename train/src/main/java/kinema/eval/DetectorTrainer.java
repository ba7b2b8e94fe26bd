package kinema.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.Learner;
import kinema.train.Objective;
import kinema.train.Pace;
import kinema.train.Run;
import kinema.train.Slot;
import kinema.train.TrainingListener;
import kinema.train.TrainingLoop;
import kinema.train.world.Split;
import kinema.train.world.World;
import kinema.weights.Parameters;
import kinema.weights.SafetensorsWriter;
import kinema.weights.Weights;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains the network of {@link SpriteDetector}: cross-entropy of the name, binary cross-entropy of the outline. */
public final class DetectorTrainer {
    private static final int CHECKED_CLIPS = 100;
    private static final long CHECK_SEED = -1;

    private final DetectorRecipe recipe;
    private final World world;

    /** A trainer of one recipe. */
    public DetectorTrainer(DetectorRecipe recipe, World world) {
        this.recipe = recipe;
        this.world = world;
    }

    /** Trains, or goes on training, and writes the finished weights into the run's folder. */
    public void run(Run run) {
        int subjects = world.subjects().size();
        try (Rng rng = new Rng(recipe.seed());
                Parameters parameters = Parameters.init(w -> new SpriteNetwork(w, subjects), rng)) {
            SpriteNetwork network = new SpriteNetwork(new Weights(parameters), subjects);
            Pace pace = new Pace(
                    recipe.steps(), 1, recipe.logEvery(), recipe.checkEvery(), recipe.saveEvery(), recipe.keep());
            Learner learner = new Learner(parameters, recipe.optimizer(), new Naming(network));
            TrainingLoop loop = new TrainingLoop(run, pace, recipe.seed(), learner);
            if (loop.run(step -> check(network, run.listener())) && run.leads()) {
                check(network, run.listener());
                write(run, parameters);
            }
        }
    }

    /** Names the subject and outlines it. */
    private final class Naming implements Objective {
        private final SpriteNetwork network;

        Naming(SpriteNetwork network) {
            this.network = network;
        }

        @Override
        public List<String> columns() {
            return List.of("name", "outline", "right");
        }

        @Override
        public Loss loss(Slot slot) {
            try (Rng rng = slot.rng()) {
                return DetectorTrainer.this.loss(network, slot.step(), rng);
            }
        }
    }

    private Objective.Loss loss(SpriteNetwork network, long step, Rng rng) {
        LabelledFrames truth =
                LabelledFrames.render(world, Split.TRAIN, recipe.seed() + step, recipe.clips(), recipe.framesPerClip());
        Tensor frames = Softening.random(truth.frames(), rng);
        Tensor masks = truth.masks();
        if (step % 2 == 1) { // either side may be seen, whatever way the picture was drawn
            frames = frames.flip(3);
            masks = masks.flip(3);
        }
        SpriteNetwork.Output said = network.forward(frames);
        Tensor name = torch.cross_entropy_loss(said.subjects(), truth.subjects());
        Tensor outline = torch.binary_cross_entropy_with_logits(said.mask(), masks);
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("name", name.item_double());
        parts.put("outline", outline.item_double());
        parts.put("right", right(said, truth));
        return new Objective.Loss(name.add(outline.mul(new Scalar(recipe.outline()))), parts);
    }

    /** Measures single held-out frames, sharp ones and softened ones. */
    private void check(SpriteNetwork network, TrainingListener listener) {
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(CHECK_SEED)) {
            Scopes.run(() -> {
                LabelledFrames truth =
                        LabelledFrames.render(world, Split.HELD_OUT, CHECK_SEED, CHECKED_CLIPS, recipe.framesPerClip());
                double sharp = right(network.forward(truth.frames()), truth);
                double soft = right(network.forward(Softening.full(truth.frames(), rng)), truth);
                listener.line(String.format(
                        Locale.ROOT, "held-out frames named right: %.3f sharp, %.3f softened", sharp, soft));
            });
        }
    }

    private static double right(SpriteNetwork.Output said, LabelledFrames truth) {
        return Scopes.run(() -> said.subjects()
                .detach()
                .argmax(new LongOptional(1), false)
                .eq(truth.subjects())
                .to(ScalarType.Float)
                .mean()
                .item_double());
    }

    private void write(Run run, Parameters parameters) {
        Path file = run.folder().model().resolve("detector.safetensors");
        try (Tensor half = Scopes.keep(() -> parameters.values().to(ScalarType.Half))) {
            Files.createDirectories(run.folder().model());
            SafetensorsWriter.write(file, parameters.parts(half), SpriteDetector.metadata(world.subjects()));
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": the weights cannot be written", e);
        }
        run.listener().line("wrote " + file);
    }
}
