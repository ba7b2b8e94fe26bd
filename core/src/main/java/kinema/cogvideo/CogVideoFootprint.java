package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.CogVideoSettings.Goal;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.system.Collected;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoSize;
import kinema.tensor.Dtypes;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What requests take beside weights: above all the caches of keys and values, then the rows that go through a layer together and
 * the scores of tokens. The counts of live tensors are those of the code; {@code CogVideoFootprintTest} holds them against what
 * runs take. Pictures for previews are not counted: they are made between steps and take no more than the decoding at the end.
 *
 * @param dtype the networks compute in
 */
record CogVideoFootprint(CogVideoConfig config, CogVideoNetworks networks, ScalarType dtype) {
    /** Rows that go through the backbone together at most when whole frames are put in. */
    private static final long TOGETHER = 2048;

    /** Tensors of a row's width that are there at once in a layer, both channels together. */
    private static final long WIDTHS = 16;

    /** Tensors of scores of all image tokens that are there at once while one is drawn. */
    private static final long SCORES = 8;

    private static final long DRAWN_ROWS = 256; // of a large picture, together
    private static final long PICTURE_LAYERS = 9; // of all rows and columns at once, in the decoder
    private static final long CHANNELS = 3;

    /** What a request takes. */
    Footprint of(Sampling s, Collected collected) {
        Timeline timeline = Timeline.of(s.size().frames());
        Settings settings = s.settings();
        List<Need> needs = new ArrayList<>();
        needs.add(Need.of(CogVideoStages.TEXT.name(), () -> 0));
        if (s.condition().isPresent()) {
            needs.add(Need.of(
                    CogVideoStages.ENCODE.name(), networks.imageWeights(), () -> picture(config.small()) + given(s)));
        }
        long guided = settings.get(CogVideoSettings.GUIDANCE) > 1 ? 2 : 1;
        needs.add(Need.of(
                CogVideoStages.KEYFRAMES.name(),
                networks.keyframes().weights(),
                () -> decoding(config.keyframes(), guided)));
        if (timeline.rounds() > 0) {
            long both = settings.get(CogVideoSettings.INTERPOLATION_GUIDANCE) > 1 ? 2 : 1;
            long batch = Math.min(settings.get(CogVideoSettings.BATCH), timeline.windows(timeline.rounds() - 1));
            needs.add(Need.of(
                    CogVideoStages.INTERPOLATE.name(),
                    networks.interpolation().weights(),
                    () -> decoding(config.interpolation(), both * batch)));
        }
        if (settings.get(CogVideoSettings.UNTIL) == Goal.UPSCALE) {
            needs.add(Need.of(
                    CogVideoStages.UPSCALE.name(), networks.upscaler().weights(), () -> upscaling(config.upscaler())));
        }
        needs.add(Need.of(
                CogVideoStages.DECODE.name(),
                networks.imageWeights(),
                () -> picture(config.large()) + held(s.size(), collected)));
        return new Footprint(
                timeline.frames() + " frames of " + s.size().width() + "x"
                        + s.size().height(),
                needs,
                smaller(s, collected));
    }

    /** Making tokens of so many sequences. */
    long decoding(BackboneConfig c, long sequences) {
        BaseConfig base = c.base();
        long text = c.textTokens();
        long element = Dtypes.bytes(dtype);
        long tokens = (text + c.frameTokens()) + (text + c.sequenceTokens()); // of both channels
        long caches = 2 * base.layers() * sequences * tokens * base.width() * element; // keys and values
        long rows = Math.min(Math.max(TOGETHER, 3 * c.frameTokens()), sequences * 3 * c.frameTokens());
        long layer = rows * (WIDTHS * base.width() + base.inner()) * element;
        long masks = 4 * sequences * 3 * c.frameTokens() * (text + c.sequenceTokens()) * Float.BYTES;
        long scores = SCORES * sequences * base.imageTokens() * Float.BYTES;
        return caches + layer + masks + scores;
    }

    /** Making the tokens of a large picture. */
    long upscaling(UpscalerConfig c) {
        BaseConfig base = c.base();
        long rows = c.textTokens() + c.low() + c.high();
        long layer = rows * (WIDTHS * base.width() + base.inner()) * Dtypes.bytes(dtype);
        long noise = rows * base.imageTokens() * Float.BYTES;
        long scores = SCORES * Math.min(DRAWN_ROWS, c.high()) * base.imageTokens() * Float.BYTES;
        return layer + noise + scores;
    }

    /** Coding one picture. */
    long picture(long side) {
        long channels = config.image().channels() * config.image().multipliers().get(0);
        return PICTURE_LAYERS * channels * side * side * Float.BYTES;
    }

    private static long given(Sampling s) {
        return CHANNELS * s.size().width() * s.size().height() * 3 * Float.BYTES;
    }

    /** The video that the caller collects, as numbers and as bytes. */
    private static long held(VideoSize size, Collected collected) {
        long numbers = CHANNELS * size.frames() * size.width() * size.height();
        return (collected.tensors() ? 2 * Float.BYTES * numbers : 0) + (collected.frames() ? numbers : 0);
    }

    /** Fewer windows together, then fewer frames. */
    private List<Changes> smaller(Sampling s, Collected collected) {
        int batch = s.settings().get(CogVideoSettings.BATCH);
        List<Integer> shorter = Timeline.LENGTHS.stream()
                .filter(frames -> frames < s.size().frames())
                .sorted((a, b) -> b - a)
                .toList();
        return List.of(
                new Changes(
                        batch - 1,
                        i -> "windows interpolated " + (batch - 1 - i) + " at a time (batch)",
                        i -> of(s.with(CogVideoSettings.withBatch(s.settings(), batch - 1 - i)), collected)),
                new Changes(
                        shorter.size(),
                        i -> shorter.get(i) + " frames",
                        i -> of(s.withFrames(shorter.get(i)), collected)));
    }
}
