package kinema.system;

/**
 * What pictures are to a generation that starts from them or follows them.
 *
 * @param type what they are to it
 * @param strength of {@link ConditionType#VIDEO}: how much of it is made anew, from 0 for nothing to 1 for everything
 */
public record Condition(ConditionType type, double strength) {}
