package kinema.memory;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What a request takes in memory, as its system tells a {@link Planner}: stage by stage, since stages follow one another and
 * leave nothing behind but what the system says. A value; making one is cheap, as what a stage takes is asked for only when
 * a plan needs to know.
 *
 * <p>A system makes one for each request, from configs and headers alone:
 *
 * <pre>{@code
 * new Footprint("25 frames of 576x320", List.of(
 *         Need.of("text", textEncoder, () -> textWork),
 *         Need.of("base", baseUnet, () -> base.get(size)),                  // a network of its own for each stage of a
 *         Need.of("interpolate", interpolation, () -> between.get(size)),   // cascade, each held as it fits
 *         Need.of("decode", vaeDecoder, tiling, tile -> decode.get(size, tile))), List.of(fewerFrames));
 * }</pre>
 *
 * <ul>
 *   <li>One {@link Need} a stage, under the name of the stage that listeners are told of. A model without an autoencoder has no
 *       stage for one, and no tiles. A stage that codes its pictures in pieces has a {@link Tiling}; stages that must use
 *       the same pieces have the same one.
 *   <li>Weights: a {@link Network} for each network of the model, made once when the model is opened. The planner decides for
 *       each stage by itself whether they are kept, resident or streamed; what is kept counts in all stages.
 *   <li>Work: all else that is there together at the stage's peak. It is found by {@link Meter#dryRun}: the stage's own code,
 *       with tensors of the meta device. Results depend on sizes alone, so a system remembers them, in a {@link Known}; what
 *       takes most of the time should be run for the fewest frames and layers that give the same peak. Add what the run
 *       holds meanwhile, such as text states and what the caller collects.
 *   <li>Smaller requests, for people whose request does not fit, in the order in which to try them.
 * </ul>
 *
 * @param request in words, such as {@code 25 frames of 576x320}
 * @param stages in their order
 * @param smaller kinds of changes that make it smaller, the first that helps is told
 */
public record Footprint(String request, List<Need> stages, List<Changes> smaller) {
    /** Keeps copies of the lists. */
    public Footprint {
        stages = List.copyOf(stages);
        smaller = List.copyOf(smaller);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("a request has at least one stage");
        }
    }

    /**
     * What a stage needs.
     *
     * @param stage its name
     * @param network whose weights it uses
     * @param tiling the pieces its pictures can be coded in
     * @param work bytes beside the weights, for pieces of a size that is one of the tiling's
     */
    public record Need(String stage, Network network, Tiling tiling, ToLongFunction<Tile> work) {
        /** A stage that codes no pictures in pieces. */
        public static Need of(String stage, Network network, LongSupplier work) {
            return new Need(stage, network, Tiling.NONE, tile -> work.getAsLong());
        }

        /** A stage without a network. */
        public static Need of(String stage, LongSupplier work) {
            return of(stage, Network.NONE, work);
        }
    }

    /**
     * Changes of one kind, from the smallest to the largest; each takes no more memory than the one before.
     *
     * @param count how many there are; perhaps none
     * @param words what fits with change {@code i}, such as {@code 17 frames}
     * @param footprint of the request with change {@code i}
     */
    public record Changes(int count, IntFunction<String> words, IntFunction<Footprint> footprint) {}
}
