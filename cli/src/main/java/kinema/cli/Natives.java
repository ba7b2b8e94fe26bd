package kinema.cli;

import kinema.Kinema;
import kinema.tensor.NativeLibraries;
import kinema.video.VideoFiles;
import org.bytedeco.pytorch.global.torch;

/** The native libraries, which are unpacked at a machine's first command: before anything else, so that nothing waits in its middle. */
final class Natives {
    private Natives() {}

    /** Unpacks what is not unpacked yet. */
    static void prepare() {
        if (!NativeLibraries.isUnpacked(torch.class)) {
            Kinema.loadLibtorch();
        }
        VideoFiles.unpackFfmpeg();
    }
}
