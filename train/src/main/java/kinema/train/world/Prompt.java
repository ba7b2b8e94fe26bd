package kinema.train.world;

/**
 * A sentence to generate from and what the result should show.
 *
 * @param text the sentence
 * @param scenario its meaning
 */
public record Prompt(String text, Scenario scenario) {}
