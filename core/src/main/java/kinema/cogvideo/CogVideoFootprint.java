package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.network.Stage;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.system.Collected;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoSize;

/**
 * What requests take: the networks' weights, and what their runs without contents take beside them. Pictures for previews are
 * not counted: they are made between steps and take no more than the decoding at the end.
 */
record CogVideoFootprint(CogVideoConfig config, CogVideoNetworks networks, CogVideoWork work) {
    private static final long CHANNELS = 3;

    /** What a request takes. */
    Footprint of(Sampling s, Collected collected) {
        Timeline timeline = Timeline.of(s);
        Settings settings = s.settings();
        List<Need> needs = new ArrayList<>();
        needs.add(Need.of(CogVideoStages.TEXT.name(), () -> 0));
        if (s.condition().isPresent()) {
            needs.add(Need.of(CogVideoStages.ENCODE.name(), networks.imageWeights(), () -> work.encoding() + given(s)));
        }
        if (CogVideoStages.of(s).contains(CogVideoStages.KEYFRAMES)) {
            boolean guided = settings.get(CogVideoSettings.GUIDANCE) > 1
                    || (s.condition().isEmpty() && settings.get(CogVideoSettings.FIRST_FRAME_GUIDANCE) > 1);
            needs.add(Need.of(
                    CogVideoStages.KEYFRAMES.name(),
                    networks.keyframes().weights(),
                    () -> work.decoding(config.keyframes(), Stage.KEYFRAMES, guided ? 2 : 1)));
        }
        if (CogVideoStages.of(s).contains(CogVideoStages.INTERPOLATE)) {
            int both = settings.get(CogVideoSettings.INTERPOLATION_GUIDANCE) > 1 ? 2 : 1;
            int batch = Math.min(settings.get(CogVideoSettings.BATCH), timeline.windows(timeline.rounds() - 1));
            needs.add(Need.of(
                    CogVideoStages.INTERPOLATE.name(),
                    networks.interpolation().weights(),
                    () -> work.decoding(config.interpolation().orElseThrow(), Stage.INTERPOLATION, both * batch)));
        }
        if (settings.get(CogVideoSettings.UNTIL) == Level.UPSCALE) {
            needs.add(Need.of(CogVideoStages.UPSCALE.name(), networks.upscaler().weights(), work::upscaling));
        }
        needs.add(Need.of(
                CogVideoStages.DECODE.name(),
                networks.imageWeights(),
                () -> work.picture() + held(s.size(), collected)));
        return new Footprint(
                timeline.frames() + " frames of " + s.size().width() + "x"
                        + s.size().height(),
                needs,
                smaller(s, collected));
    }

    /** The pictures that are read, as bytes, and one of them in numbers. */
    static long given(Sampling s) {
        long picture = CHANNELS * s.size().width() * s.size().height();
        return picture * CogVideoRules.given(s).count() + 2 * picture * Float.BYTES;
    }

    /** The video that the caller collects, as numbers and as bytes. */
    private static long held(VideoSize size, Collected collected) {
        long numbers = CHANNELS * size.frames() * size.width() * size.height();
        return (collected.tensors() ? 2 * Float.BYTES * numbers : 0) + (collected.frames() ? numbers : 0);
    }

    /** Fewer windows together, then fewer frames. */
    private List<Changes> smaller(Sampling s, Collected collected) {
        int batch = s.settings().get(CogVideoSettings.BATCH);
        int rounds =
                CogVideoSettings.from(s) == Level.INTERPOLATE ? s.settings().get(CogVideoSettings.ROUNDS) : 0;
        int least = Timeline.LENGTHS.get(rounds);
        List<Integer> shorter = Timeline.LENGTHS.stream()
                .filter(frames -> frames < s.size().frames() && frames >= least)
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
