package kinema.cogvideox.transformer;

import kinema.cogvideox.transformer.ExpertBlock.Tokens;

/** Looks at the tokens on their way through the transformer. */
@FunctionalInterface
public interface BlockWatcher {
    /** Looks at nothing. */
    BlockWatcher NONE = (blocks, tokens) -> {};

    /**
     * Some blocks are done.
     *
     * @param blocks how many; 0 for none yet
     * @param tokens what they made, in the transformer's scope
     */
    void after(int blocks, Tokens tokens);
}
