/** Noise schedules and samplers; nothing here knows a network. */
@NullMarked
package kinema.diffusion;

import org.jspecify.annotations.NullMarked;
