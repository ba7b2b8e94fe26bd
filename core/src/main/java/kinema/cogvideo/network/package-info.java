/** CogVideo's network: one backbone with two attention channels, as one pass over a sequence or token by token. */
@NullMarked
package kinema.cogvideo.network;

import org.jspecify.annotations.NullMarked;
