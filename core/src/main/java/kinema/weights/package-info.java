/** The weight tree: a model is a function of named tensors, wherever they come from. */
@NullMarked
package kinema.weights;

import org.jspecify.annotations.NullMarked;
