package kinema.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * Pictures that a generation starts from or follows, in the size of its video.
 *
 * @param type what they are to it
 * @param frames (T, H, W, 3) uint8; T is 0 where a kept state holds what they became; the giver frees it
 * @param strength of {@link ConditionType#VIDEO}: how much of it is made anew, from 0 for nothing to 1 for everything
 */
public record Condition(ConditionType type, Tensor frames, double strength) {}
