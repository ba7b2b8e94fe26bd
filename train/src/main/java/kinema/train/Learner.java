package kinema.train;

import kinema.weights.Parameters;

/**
 * One network of a training run: a step moves all learners of a run, one after the other.
 *
 * @param name in log and state; empty for the network that the run is about
 * @param parameters what is moved
 * @param optimizer how
 * @param objective towards what
 */
public record Learner(String name, Parameters parameters, OptimizerRecipe optimizer, Objective objective) {
    /** The network that a run is about. */
    public Learner(Parameters parameters, OptimizerRecipe optimizer, Objective objective) {
        this("", parameters, optimizer, objective);
    }

    /** A name of this learner in a log or a state. */
    String named(String what) {
        return name.isEmpty() ? what : name + "_" + what;
    }
}
