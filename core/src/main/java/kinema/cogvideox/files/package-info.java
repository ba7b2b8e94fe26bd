/**
 * CogVideoX's checkpoints as they are given out: the published folder layout, the authors' own files, the way from one to
 * the other.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX</a>
 */
@NullMarked
package kinema.cogvideox.files;

import org.jspecify.annotations.NullMarked;
