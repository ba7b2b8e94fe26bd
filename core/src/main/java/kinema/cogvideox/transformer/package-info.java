/**
 * CogVideoX's expert transformer: text and video tokens in one sequence of full attention, an adaptive layer norm for each
 * of the two, positions in three dimensions.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2</a>
 */
@NullMarked
package kinema.cogvideox.transformer;

import org.jspecify.annotations.NullMarked;
