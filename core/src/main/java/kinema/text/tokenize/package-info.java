/** From text to token ids. Knows no tensors. */
@NullMarked
package kinema.text.tokenize;

import org.jspecify.annotations.NullMarked;
