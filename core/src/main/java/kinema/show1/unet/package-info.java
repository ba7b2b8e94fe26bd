/** Show-1's denoising networks: UNets over the frames of a clip, with layers between the frames. */
@NullMarked
package kinema.show1.unet;

import org.jspecify.annotations.NullMarked;
