/**
 * CogVideoX's 3D causal VAE: 8 times smaller in height and width, 4 times in time, frame by frame without a look ahead.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
@NullMarked
package kinema.cogvideox.vae;

import org.jspecify.annotations.NullMarked;
