/** CogVideoX (arXiv 2408.06072): 3D causal VAE, expert transformer and its pipelines. */
@NullMarked
package kinema.cogvideox;

import org.jspecify.annotations.NullMarked;
