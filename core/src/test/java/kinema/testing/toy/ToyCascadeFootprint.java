package kinema.testing.toy;

import java.util.List;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.system.Collected;
import kinema.system.Sampling;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a request to a {@link ToyCascade} takes: each stage's own equation is run without contents, once for a size. */
final class ToyCascadeFootprint {
    /** Pixels of a stage: as they are, and as the step before took them to become. */
    private static final int STATES = 2;

    /** Text states of both prompts, and those they are joined from. */
    private static final long TEXT = 2L * STATES * ToyFiles.LETTERS * Float.BYTES;

    /** Pixels, (T, H, W, 3). */
    private record Pixels(int frames, int height, int width) {
        long bytes() {
            return 3L * Float.BYTES * frames * height * width;
        }

        Pixels half() {
            return new Pixels(frames, height / 2, width / 2);
        }

        Pixels window() {
            return new Pixels(Math.min(frames, ToyCascade.STRIDE + 1), height, width);
        }

        @Override
        public String toString() {
            return frames + " frames of " + width + "x" + height;
        }
    }

    private final Network coarse, fine;
    private final Known<Pixels> predicting = new Known<>(ToyCascadeFootprint::measure);

    ToyCascadeFootprint(Network coarse, Network fine) {
        this.coarse = coarse;
        this.fine = fine;
    }

    Footprint of(Sampling s, Collected collected) {
        return of(new Pixels(s.size().frames(), s.size().height(), s.size().width()), collected);
    }

    private Footprint of(Pixels video, Collected collected) {
        long text = TEXT;
        long held = collected.tensors() ? video.bytes() : 0;
        // The guide, and the finished frames with those of the window before.
        long beside = video.bytes() + 2 * video.bytes();
        return new Footprint(
                video.toString(),
                List.of(
                        Need.of(ToyCascade.TEXT.name(), () -> text),
                        Need.of(ToyCascade.COARSE.name(), coarse, () -> text + stage(video.half())),
                        Need.of(ToyCascade.FINE.name(), fine, () -> text + beside + stage(video.window())),
                        Need.of(ToyCascade.WRITE.name(), () -> held + beside + 2 * video.bytes())),
                List.of(fewerFrames(video, collected)));
    }

    private long stage(Pixels pixels) {
        return STATES * pixels.bytes() + predicting.bytes(pixels);
    }

    private static long measure(Pixels size) {
        return Meter.dryRun(ToyNetwork::new, ScalarType.Float, network -> {
            long[] shape = {size.frames(), size.height(), size.width(), 3};
            var unused = ToyStage.both(
                    network,
                    Tensors.meta(ScalarType.Float, shape),
                    Tensors.meta(ScalarType.Float, shape),
                    Tensors.meta(ScalarType.Float, 2, ToyFiles.LETTERS),
                    0);
        });
    }

    private Changes fewerFrames(Pixels video, Collected collected) {
        return new Changes(
                (video.frames() - 1) / ToyCascade.STRIDE,
                i -> fewer(video, i).frames() + " frames",
                i -> of(fewer(video, i), collected));
    }

    private static Pixels fewer(Pixels video, int i) {
        return new Pixels(video.frames() - (i + 1) * ToyCascade.STRIDE, video.height(), video.width());
    }
}
