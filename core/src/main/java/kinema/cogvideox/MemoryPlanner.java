package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kinema.cogvideox.RunningPlans.Taken;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.TiledVae.Layout;
import kinema.cogvideox.vae.VaeConfig;
import kinema.cogvideox.vae.VaeMemory;
import kinema.diffusion.ByteSize;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.Phase;
import kinema.diffusion.PhaseMemory;
import kinema.diffusion.Tile;
import kinema.system.ConditionType;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.tensor.Dtypes;
import kinema.tensor.MachineMemory;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.weights.WeightTally;

/**
 * Works out how a request is run, from configs and file headers alone. What fits is preferred in the order of speed: the
 * transformer's weights kept for the next request, else resident, else streamed; pictures whole, else in the largest tiles
 * that fit.
 */
final class MemoryPlanner {
    /** The JVM, libtorch, FFmpeg and what they set up on first use. */
    static final long BASE = 400_000_000;

    /** How much of the free memory is used: the rest is for the plan's own error and for what else is started. */
    private static final double MARGIN = 0.85;

    /** Tiles from which the size of one is chosen, in eighths of the picture. */
    private static final int EIGHTHS = 8;

    private static final long MIN_TILE = 64; // pixels

    /**
     * What is known of the networks before they are loaded.
     *
     * @param text the whole phase of the text encoder
     * @param transformer converted weights
     * @param encoder converted weights of the VAE's encoder
     * @param decoder converted weights of the VAE's decoder
     */
    record Networks(PhaseMemory text, WeightTally transformer, WeightTally encoder, WeightTally decoder) {}

    /** What a request may use: ways to hold the transformer, the fastest first, and bytes. */
    private record Room(List<Residency> choices, long limit, boolean besideOthers) {}

    private final TransformerConfig transformer;
    private final VaeConfig vae;
    private final Networks networks;
    private final OpenOptions options;
    private final TransformerMemory step;
    private final VaeMemory coding;

    MemoryPlanner(TransformerConfig transformer, VaeConfig vae, Networks networks, OpenOptions options) {
        this.transformer = transformer;
        this.vae = vae;
        this.networks = networks;
        this.options = options;
        step = new TransformerMemory(transformer);
        coding = new VaeMemory(
                vae, Dtypes.bytes(vaePrecision(options.precision()).dtype()));
    }

    /** What the VAE and the text encoder compute in: numbers above 65504 occur in both. */
    static Precision vaePrecision(Precision asked) {
        return asked == Precision.FP16 ? Precision.FP32 : asked;
    }

    /**
     * The plan of a request. Where nothing fits it is the smallest there is, with a refusal.
     *
     * @param taken by requests that run already
     * @param loaded whether the transformer is in memory
     * @throws IllegalArgumentException when the model cannot make such a video
     */
    MemoryPlan plan(Workload w, Taken taken, boolean loaded) {
        check(w);
        long held = loaded ? networks.transformer().all() : 0;
        long limit = taken.limit().orElseGet(() -> options.maxMemory().orElseGet(() -> free() + held));
        Room room = new Room(choices(taken), limit - taken.own(), taken.own() > 0);
        MemoryPlan best = best(w, room);
        return best.peak() <= room.limit() ? best : best.refused(refusal(w, room, best));
    }

    /** A transformer that another request has in memory costs nothing more. */
    private List<Residency> choices(Taken taken) {
        if (taken.transformer()) {
            return List.of(Residency.KEPT);
        }
        return options.kept() ? List.of(Residency.values()) : List.of(Residency.RESIDENT, Residency.STREAMED);
    }

    private void check(Workload w) {
        if (options.precision() == Precision.FP16 && transformer.rotary()) {
            throw new IllegalArgumentException("this model cannot compute in fp16: CogVideoX-5b and 1.5 were trained in"
                    + " bf16, reach numbers above fp16's 65504, and would make a black video; use bf16 or fp32");
        }
        w.tile().filter(tile -> !tile.covers(w.width(), w.height())).ifPresent(tile -> Layout.of(tile, vae));
    }

    /** Of a graphics card's own memory nothing is known here: it is taken to be enough unless a limit is given. */
    private long free() {
        return options.device() == Device.CPU ? (long) (MARGIN * MachineMemory.free()) : Long.MAX_VALUE;
    }

    private MemoryPlan best(Workload w, Room room) {
        MemoryPlan smallest = null;
        for (Tile tile : tiles(w)) {
            for (Residency residency : room.choices()) {
                MemoryPlan plan = plan(w, tile, residency, room.limit());
                if (plan.peak() <= room.limit()) {
                    return plan;
                }
                smallest = smallest == null || plan.peak() < smallest.peak() ? plan : smallest;
            }
        }
        if (smallest == null) {
            throw new IllegalStateException("there is always one way to run a request");
        }
        return smallest;
    }

    private MemoryPlan plan(Workload w, Tile tile, Residency residency, long limit) {
        LatentShape shape = LatentShape.of(w, transformer, vae);
        List<PhaseMemory> phases = new ArrayList<>();
        phases.add(networks.text());
        if (w.condition().isPresent()) {
            phases.add(new PhaseMemory(Phase.ENCODE, networks.encoder().all(), encoding(w, shape, tile)));
        }
        WeightTally t = networks.transformer();
        boolean whole = residency != Residency.STREAMED;
        long element = Dtypes.bytes(options.precision().dtype());
        long states = heldStates(w, shape);
        phases.add(new PhaseMemory(
                Phase.DENOISE,
                whole ? t.resident() : t.streamed(),
                step.bytes(shape, w.guided() ? 2 : 1, element) + states,
                whole ? t.all() : 0));
        PhaseMemory decode = new PhaseMemory(Phase.DECODE, networks.decoder().all(), decoding(w, shape, tile));
        phases.add(decode.withWork(states + heldVideo(w)));
        if (residency == Residency.KEPT) {
            phases.replaceAll(phase -> phase.phase() == Phase.DENOISE ? phase : phase.withShared(t.all()));
        }
        return new MemoryPlan(
                phases,
                options.precision(),
                residency,
                tile.covers(w.width(), w.height()) ? Optional.empty() : Optional.of(tile),
                BASE,
                limit,
                Optional.empty());
    }

    /** The text states and latents that the caller keeps. */
    private long heldStates(Workload w, LatentShape shape) {
        long text = transformer.maxTextLength() * transformer.textEmbedDim();
        long latents = shape.frames() * shape.height() * shape.width() * vae.latentChannels();
        int steps = w.held().states();
        return steps == 0 ? 0 : Float.BYTES * (text + steps * latents);
    }

    /** The video that the caller keeps, as numbers and as bytes. */
    private long heldVideo(Workload w) {
        long numbers = vae.outChannels() * w.frames() * w.width() * w.height();
        return (w.held().states() > 0 ? Float.BYTES * numbers : 0) + (w.held().frames() ? numbers : 0);
    }

    /** All sizes of tile that may be used, the largest first. */
    private List<Tile> tiles(Workload w) {
        if (w.tile().isPresent()) {
            return List.of(w.tile().get());
        }
        List<Tile> tiles = new ArrayList<>(List.of(Tile.WHOLE));
        for (int n = EIGHTHS - 1; n >= 1; n--) {
            Tile tile = new Tile(eighths(w.width(), n), eighths(w.height(), n));
            if (!tile.covers(w.width(), w.height())) {
                tiles.add(tile);
            }
        }
        return tiles;
    }

    private int eighths(int pixels, int n) {
        long unit = vae.spatialCompression();
        long part = (pixels * (long) n / EIGHTHS + unit - 1) / unit * unit;
        return Math.toIntExact(Math.max(Math.min(MIN_TILE, pixels), part));
    }

    private long encoding(Workload w, LatentShape shape, Tile tile) {
        long frames = w.condition().equals(Optional.of(ConditionType.IMAGE)) ? 1 : w.frames();
        long pictures = frames * w.width() * w.height() * vae.inChannels() * (2 + Float.BYTES); // bytes, twice; numbers
        return pictures + coding.encode(frames, rows(shape, tile), columns(shape, tile));
    }

    private long decoding(Workload w, LatentShape shape, Tile tile) {
        long frames = shape.frames() - shape.padding();
        long peak = coding.decode(frames, rows(shape, tile), columns(shape, tile));
        if (tile.covers(w.width(), w.height())) {
            return peak;
        }
        long lines = w.frames() * vae.outChannels() * Float.BYTES; // of one pixel through all frames
        long video = lines * w.width() * w.height();
        long tileItself = lines * tile.width() * tile.height();
        long edges = lines * 2 * w.width() * tile.height() / 6; // TiledVae's overlap of rows, above and below
        return peak + video + 2 * tileItself + edges;
    }

    private long rows(LatentShape shape, Tile tile) {
        return Math.min(shape.height(), tile.height() / vae.spatialCompression());
    }

    private long columns(LatentShape shape, Tile tile) {
        return Math.min(shape.width(), tile.width() / vae.spatialCompression());
    }

    private String refusal(Workload w, Room room, MemoryPlan plan) {
        String need = "not enough memory: " + frames(w.frames()) + " of " + w.width() + "x" + w.height()
                + (w.frames() == 1 ? " needs " : " need ") + ByteSize.text(plan.peak()) + " at the peak, in the phase "
                + plan.largest().phase() + ", and "
                + ByteSize.text(Math.max(0, room.limit())) + " may be used"
                + (room.besideOthers() ? " beside the requests that run; " : "; ");
        return need
                + change(w, room)
                        .map(change -> change + " would fit")
                        .orElseGet(() -> "no smaller video would fit, so let it use more");
    }

    /** The smallest change with which a request fits: tiles, then fewer frames, then a smaller size. */
    private Optional<String> change(Workload w, Room room) {
        if (w.tile().isPresent() && fits(w.withAnyTile(), room)) {
            return Optional.of("pictures coded in smaller tiles (tile auto)");
        }
        int unit = Math.toIntExact(2 * vae.temporalCompression());
        for (int frames = (w.frames() - 2) / unit * unit + 1; frames >= 1; frames -= unit) {
            if (fits(w.withFrames(frames), room)) {
                return Optional.of(frames(frames));
            }
        }
        int grid = Math.toIntExact(vae.spatialCompression() * transformer.patchSize());
        for (int n = EIGHTHS - 1; n >= 1 && !transformer.learned(); n--) {
            int width = Math.max(1, w.width() * n / EIGHTHS / grid) * grid;
            int height = Math.max(1, w.height() * n / EIGHTHS / grid) * grid;
            if (fits(w.withSize(width, height), room)) {
                return Optional.of("a size of " + width + "x" + height);
            }
        }
        return Optional.empty();
    }

    private static String frames(int count) {
        return count == 1 ? "1 frame" : count + " frames";
    }

    private boolean fits(Workload w, Room room) {
        return best(w, room).peak() <= room.limit();
    }
}
