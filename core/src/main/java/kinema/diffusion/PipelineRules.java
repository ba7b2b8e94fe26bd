package kinema.diffusion;

/** What a checkpoint can do, as its configs alone tell; nothing is loaded. */
public interface PipelineRules {
    /** The model's own settings. */
    SamplingDefaults defaults();

    /**
     * Refuses what the model cannot do, however much memory there is.
     *
     * @throws ConditionException when it takes other pictures than the request's
     * @throws IllegalArgumentException when frames or sizes are not possible, with the nearest that are
     */
    void check(Workload workload);
}
