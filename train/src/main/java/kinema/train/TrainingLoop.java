package kinema.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kinema.tensor.Scopes;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The loop every network is trained by: gradients of a step's slots, one step of the optimiser, log, pictures, checkpoints.
 *
 * <p>Resumable at any moment: it starts from the newest checkpoint in the run's folder and saves one every few minutes, at
 * the end and when it is cancelled. A run that was interrupted ends with the same bits as one that was not, and as one
 * that several processes share.
 */
public final class TrainingLoop {
    private static final double NANOS = 1e9;

    /** Draws pictures of what the network can do, with the averaged parameters in place. */
    @FunctionalInterface
    public interface Picture {
        /** Called after this many steps. */
        void draw(long step);
    }

    private final Run run;
    private final Pace pace;
    private final long seed;
    private final List<Learner> learners;
    private final List<String> columns;

    /**
     * A loop over the steps of a run.
     *
     * @param learners the networks that a step moves, the one that the run is about first
     */
    public TrainingLoop(Run run, Pace pace, long seed, Learner... learners) {
        this.run = run;
        this.pace = pace;
        this.seed = seed;
        this.learners = List.of(learners);
        columns = columns(this.learners);
        run.workers().first(pace.accumulate());
    }

    /**
     * Runs until the last step or until it is cancelled. Afterwards the parameters hold their moving average.
     *
     * @return whether the run came to its end
     */
    public boolean run(Picture picture) {
        List<Moved> moved = learners.stream().map(Moved::of).toList();
        try {
            boolean ended = steps(moved, picture);
            moved.forEach(TrainingLoop::average);
            return ended;
        } finally {
            moved.forEach(Moved::close);
        }
    }

    private boolean steps(List<Moved> moved, Picture picture) {
        Checkpoints checkpoints = run.folder().checkpoints();
        long step = checkpoints.latest();
        Meter meter = checkpoints.resume(moved);
        begin(step);
        Progress progress = new Progress(step, pace.steps());
        long saved = System.nanoTime();
        for (; step < pace.steps() && !cancelled(); step++) {
            long start = System.nanoTime();
            for (Moved learner : moved) {
                move(step, learner, meter);
            }
            meter.add("seconds_per_step", (System.nanoTime() - start) / NANOS);
            if ((step + 1) % pace.logEvery() == 0) {
                log(step + 1, meter, progress);
                meter = new Meter();
            }
            if ((step + 1) % pace.sampleEvery() == 0) {
                draw(moved, picture, step + 1);
            }
            if (System.nanoTime() - saved > pace.saveEvery() * NANOS) {
                save(step + 1, moved, meter);
                saved = System.nanoTime();
            }
        }
        save(step, moved, meter);
        return step >= pace.steps();
    }

    private void begin(long step) {
        if (run.leads()) {
            run.folder().metrics().cutAfter(step);
            run.listener()
                    .line(
                            step == 0
                                    ? "training " + learners.get(0).parameters().count() + " parameters for "
                                            + pace.steps() + " steps"
                                    : "going on at step " + step + " of " + pace.steps());
        }
    }

    /** Whether any process was told to stop. */
    private boolean cancelled() {
        double[] told = {run.listener().cancelled() ? 1 : 0};
        return run.workers().sum(told)[0] > 0;
    }

    private void move(long step, Moved moved, Meter meter) {
        Learner learner = moved.learner();
        double rate = learner.optimizer().learningRate(step, pace.steps());
        Map<String, double[]> told = gradient(step, learner);
        double[] sum = Objects.requireNonNull(told.get("loss"));
        double loss = sum[0] / sum[1];
        double norm = Double.isFinite(loss) ? moved.optimizer().step(step, rate) : Double.NaN;
        if (!Double.isFinite(norm)) {
            throw new IllegalStateException("the " + (Double.isFinite(loss) ? "gradient" : "loss") + " of "
                    + (learner.name().isEmpty() ? "the network" : learner.name()) + " is not a number at step " + step
                    + "; the last checkpoint is kept (step "
                    + run.folder().checkpoints().latest()
                    + "): lower the learning rate in a new run, or go on from it with another precision");
        }
        learner.objective().moved(step, run.workers());
        told.forEach((name, part) -> {
            if (part[1] > 0) {
                meter.add(learner.named(name), part[0] / part[1]);
            }
        });
        meter.add(learner.named("gradient"), norm);
        meter.add(learner.named("rate"), rate);
    }

    /**
     * Leaves the mean gradient of a step's slots in the learner's parameters.
     *
     * @return sum and count of every number that the slots tell of
     */
    private Map<String, double[]> gradient(long step, Learner learner) {
        Map<String, double[]> told = new LinkedHashMap<>();
        told.put("loss", new double[2]);
        learner.objective().columns().forEach(name -> told.put(name, new double[2]));
        Parameters parameters = learner.parameters();
        int mine = pace.accumulate() / run.workers().size();
        int first = run.workers().first(pace.accumulate());
        List<Tensor> slots = new ArrayList<>();
        try {
            zero(parameters.gradient());
            for (int i = first; i < first + mine; i++) {
                slot(new Slot(step, i, pace.accumulate(), seed), learner, told);
                if (run.workers().size() > 1) {
                    slots.add(Scopes.own(Scopes.keep(() -> parameters.gradient().clone())));
                    zero(parameters.gradient());
                }
            }
            if (run.workers().size() > 1) {
                run.workers().sum(slots, parameters.gradient());
            }
        } finally {
            slots.forEach(Scopes::free);
        }
        share(told);
        return told;
    }

    private void slot(Slot slot, Learner learner, Map<String, double[]> told) {
        Scopes.run(() -> {
            try (Objective.Loss loss = learner.objective().loss(slot)) {
                add(told, "loss", loss.value().item_double());
                loss.parts().forEach((name, value) -> add(told, name, value));
                loss.derivatives()
                        .backward(
                                slot.count() == 1 ? loss.value() : loss.value().mul(new Scalar(1.0 / slot.count())));
            }
        });
    }

    private static void add(Map<String, double[]> told, String name, double value) {
        double[] sum = told.computeIfAbsent(name, key -> new double[2]);
        sum[0] += value;
        sum[1]++;
    }

    /** Adds up what all processes were told. */
    private void share(Map<String, double[]> told) {
        if (run.workers().size() > 1) {
            double[] flat =
                    told.values().stream().flatMapToDouble(Arrays::stream).toArray();
            double[] sums = run.workers().sum(flat);
            int at = 0;
            for (double[] sum : told.values()) {
                sum[0] = sums[at++];
                sum[1] = sums[at++];
            }
        }
    }

    private static void zero(Tensor gradient) {
        try (NoGradGuard guard = new NoGradGuard()) {
            gradient.zero_();
        }
    }

    private void draw(List<Moved> moved, Picture picture, long step) {
        if (!run.leads()) {
            return;
        }
        Parameters parameters = moved.get(0).learner().parameters();
        try (Tensor current = Scopes.keep(() -> parameters.values().clone())) {
            average(moved.get(0));
            picture.draw(step);
            parameters.values().copy_(current);
        }
    }

    private static void average(Moved moved) {
        moved.learner().parameters().values().copy_(moved.optimizer().average());
    }

    private void save(long step, List<Moved> moved, Meter meter) {
        if (run.leads()) {
            run.folder().checkpoints().save(step, moved, meter, pace.keep());
            Plots.write(run.folder().file("plots"), run.folder().metrics().columns());
        }
    }

    private void log(long step, Meter meter, Progress progress) {
        if (!run.leads()) {
            return;
        }
        Map<String, Double> row = new LinkedHashMap<>();
        row.put(Metrics.STEP, (double) step);
        row.putAll(meter.means());
        run.folder().metrics().add(columns, row);
        run.listener().line(progress.line(step, row));
    }

    private static List<String> columns(List<Learner> learners) {
        List<String> columns = new ArrayList<>(List.of(Metrics.STEP));
        for (Learner learner : learners) {
            columns.add(learner.named("loss"));
            learner.objective().columns().forEach(name -> columns.add(learner.named(name)));
            columns.add(learner.named("gradient"));
            columns.add(learner.named("rate"));
        }
        columns.add("seconds_per_step");
        return columns;
    }
}
