package kinema.memory;

/** The memory of a request that runs: other requests of the process are planned in the rest of it until this is closed. */
public final class Reservation implements AutoCloseable {
    private final Budget budget;
    private final Planned planned;

    Reservation(Budget budget, Planned planned) {
        this.budget = budget;
        this.planned = planned;
    }

    /** How the request is run. */
    public MemoryPlan plan() {
        return planned.plan();
    }

    /** Frees networks that are not to be in memory beyond their stage; to be called when one has ended. */
    public void stageEnded() {
        planned.passing().forEach(Network::release);
    }

    Planned planned() {
        return planned;
    }

    @Override
    public void close() {
        budget.end(this);
    }
}
