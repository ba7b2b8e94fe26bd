package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;
import kinema.cogvideox.Workload.Kept;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.transformer.TransformerFootprint;
import kinema.cogvideox.transformer.TransformerFootprint.Step;
import kinema.cogvideox.vae.TiledVae.Layout;
import kinema.cogvideox.vae.VaeFootprint;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.memory.Known;
import kinema.memory.Network;
import kinema.memory.Tiling;
import kinema.system.ConditionType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What requests take: the stages' own code, run without contents. Thread-safe; what was measured once is known. */
final class CogVideoXFootprint {
    /** Parts of the picture's size in which a smaller one is looked for. */
    private static final int EIGHTHS = 8;

    /** Velocities that there are where steps are estimated: two that are kept, or a computed one and an estimate. */
    private static final int VELOCITIES = 2;

    /** The networks of an open model. */
    record Networks(Network text, Network transformer, Network encoder, Network decoder, Optional<DraftFile> draft) {}

    private final CogVideoXRules rules;
    private final Networks networks;
    private final Known<Integer> text; // by the number of texts
    private final TransformerFootprint transformer;
    private final VaeFootprint vae;

    /**
     * The footprints of a model's requests.
     *
     * @param text bytes that encoding so many texts takes beside the encoder's weights
     * @param transformer what a step of the transformer takes
     * @param vae what the VAE computes in
     */
    CogVideoXFootprint(
            CogVideoXRules rules,
            Networks networks,
            ToLongFunction<Integer> text,
            TransformerFootprint transformer,
            ScalarType vae) {
        this.rules = rules;
        this.networks = networks;
        this.text = new Known<>(text);
        this.transformer = transformer;
        this.vae = new VaeFootprint(rules.vae(), vae);
    }

    /**
     * What a request takes.
     *
     * @throws IllegalArgumentException when the model cannot make such a video, or not in such tiles
     */
    Footprint of(Workload w) {
        LatentShape shape = rules.shape(w);
        w.tile().filter(tile -> !tile.covers(w.width(), w.height())).ifPresent(tile -> Layout.of(tile, rules.vae()));
        Step step =
                new Step(shape.frames(), shape.height(), shape.width(), w.guided() ? 2 : 1, w.kept() == Kept.RESIDUAL);
        long states = heldStates(w, shape);
        long run = transformer.positions(step);
        Tiling tiling = tiling(w);
        List<Need> needs = new ArrayList<>();
        needs.add(Need.of(CogVideoXStages.TEXT.name(), networks.text(), () -> run + text.bytes(step.samples())));
        if (w.condition().isPresent()) {
            long pictures = w.condition().equals(Optional.of(ConditionType.IMAGE)) ? 1 : w.frames();
            needs.add(new Need(
                    CogVideoXStages.ENCODE.name(),
                    networks.encoder(),
                    tiling,
                    tile -> run + vae.encode(pictures, shape.height(), shape.width(), tile)));
        }
        needs.add(Need.of(
                CogVideoXStages.DENOISE.name(),
                networks.transformer(),
                () -> run + Math.max(transformer.step(step), preview(shape)) + states));
        needs.add(decoding(w, shape, states + heldVideo(w), tiling));
        return new Footprint(frames(w.frames()) + " of " + w.width() + "x" + w.height(), needs, smaller(w));
    }

    /** By the VAE, perhaps in tiles, or by the draft decoder, which takes little. */
    private Need decoding(Workload w, LatentShape shape, long held, Tiling tiling) {
        long frames = shape.frames() - shape.padding();
        String stage = CogVideoXStages.DECODE.name();
        if (w.draft()) {
            DraftFile draft = networks.draft().orElseThrow();
            return Need.of(
                    stage,
                    draft.network(),
                    () -> held + draft.footprint().decode(frames, shape.height(), shape.width()));
        }
        return new Need(
                stage,
                networks.decoder(),
                tiling,
                tile -> held + vae.decode(frames, shape.height(), shape.width(), tile));
    }

    /** That of a preview by the draft decoder. */
    private long preview(LatentShape shape) {
        return networks.draft()
                .map(draft ->
                        draft.footprint().preview(shape.frames() - shape.padding(), shape.height(), shape.width()))
                .orElse(0L);
    }

    private Tiling tiling(Workload w) {
        long unit = rules.vae().spatialCompression();
        return w.tile()
                .map(tile -> Tiling.only(tile, w.width(), w.height()))
                .orElseGet(() -> Tiling.any(w.width(), w.height(), unit));
    }

    /** The text states and latents that the caller collects, and the velocities that estimates are made of. */
    private long heldStates(Workload w, LatentShape shape) {
        TransformerConfig t = rules.transformer();
        long text = t.maxTextLength() * t.textEmbedDim();
        long latents =
                shape.frames() * shape.height() * shape.width() * rules.vae().latentChannels();
        int steps = w.results().states();
        long kept = w.kept() == Kept.NOTHING ? 0 : VELOCITIES * latents;
        return Float.BYTES * (kept + (steps == 0 ? 0 : text + steps * latents));
    }

    /** The video that the caller collects, as numbers and as bytes. */
    private long heldVideo(Workload w) {
        long numbers = rules.vae().outChannels() * w.frames() * w.width() * w.height();
        return (w.results().states() > 0 ? Float.BYTES * numbers : 0)
                + (w.results().frames() ? numbers : 0);
    }

    /** Tiles where none were allowed, then fewer frames, then a smaller size. */
    private List<Changes> smaller(Workload w) {
        return List.of(tiles(w), fewerFrames(w), smallerSizes(w));
    }

    private Changes tiles(Workload w) {
        return changes(
                w.tile().isPresent() ? 1 : 0, i -> "pictures coded in smaller tiles (tile auto)", i -> w.withAnyTile());
    }

    private Changes fewerFrames(Workload w) {
        int unit = Math.toIntExact(2 * rules.vae().temporalCompression());
        int most = (w.frames() - 2) / unit; // times the unit, and one
        return changes(
                w.frames() > 1 ? most + 1 : 0,
                i -> frames(unit * (most - i) + 1),
                i -> w.withFrames(unit * (most - i) + 1));
    }

    private Changes smallerSizes(Workload w) {
        int grid = Math.toIntExact(
                rules.vae().spatialCompression() * rules.transformer().patchSize());
        IntFunction<Workload> size = i -> w.withSize(eighths(w.width(), i, grid), eighths(w.height(), i, grid));
        return changes(
                rules.transformer().learned() ? 0 : EIGHTHS - 1,
                i -> "a size of " + size.apply(i).width() + "x" + size.apply(i).height(),
                size);
    }

    /** All eighths but {@code less + 1}. */
    private static int eighths(int pixels, int less, int grid) {
        return Math.max(1, pixels * (EIGHTHS - 1 - less) / EIGHTHS / grid) * grid;
    }

    private Changes changes(int count, IntFunction<String> words, IntFunction<Workload> changed) {
        return new Changes(count, words, i -> of(changed.apply(i)));
    }

    private static String frames(int count) {
        return count == 1 ? "1 frame" : count + " frames";
    }
}
