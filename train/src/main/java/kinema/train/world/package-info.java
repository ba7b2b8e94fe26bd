/**
 * The world the bundled model learns from: captioned clips of one object moving in one way over one scene.
 *
 * <p>{@link kinema.train.world.World} is the way in. A clip is a function of its seed: the same seed gives the same bytes.
 */
@NullMarked
package kinema.train.world;

import org.jspecify.annotations.NullMarked;
