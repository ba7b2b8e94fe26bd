package kinema.show1;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.memory.Network;
import kinema.memory.SharedNetwork;
import kinema.show1.Show1Files.Part;
import kinema.show1.unet.Unet;
import kinema.show1.vae.FrameVae;
import kinema.tensor.Residency;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.jspecify.annotations.Nullable;

/**
 * The denoising networks and the autoencoder of the checkpoints that are there. Their files are open and checked; weights are
 * in memory only while a network is used, so that those of one stage are gone before the next one's come.
 */
final class Show1Networks implements AutoCloseable {
    private final Show1Rules rules;
    private final Placement vaePlacement;
    private final List<Checkpoint> open = new ArrayList<>();
    private final Map<Part, SharedNetwork<Unet>> unets = new EnumMap<>(Part.class);
    private @Nullable Checkpoint vae;

    /**
     * Opens the files.
     *
     * @param kept whether weights may stay in memory from one request to the next
     * @throws kinema.weights.WeightsException for damaged files, and those of another network than the configs tell of
     */
    Show1Networks(Show1Files files, Show1Rules rules, Placement placement, Placement vaePlacement, boolean kept) {
        this.rules = rules;
        this.vaePlacement = vaePlacement;
        try {
            for (Part part : Part.values()) {
                if (files.has(part)) {
                    Checkpoint opened = opened(files.folder(part, "unet"), placement);
                    unets.put(part, SharedNetwork.of(opened, w -> new Unet(w, rules.unet(part)), placement, kept));
                }
            }
            if (files.has(Part.EXPERT)) {
                Checkpoint opened = opened(files.folder(Part.EXPERT, "vae"), vaePlacement);
                vae = opened;
                FrameVae.alias(opened);
                opened.check(w -> new FrameVae(w, rules.vae()));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A checkpoint's denoising network; that the checkpoint is there was seen when the request was checked. */
    SharedNetwork<Unet> unet(Part part) {
        SharedNetwork<Unet> network = unets.get(part);
        if (network == null) {
            throw new IllegalStateException("the " + part + " checkpoint is not open");
        }
        return network;
    }

    /** Uses the expert's autoencoder, whose weights are in memory half by half. */
    <R> R vae(Function<FrameVae, R> body) {
        return vaeFile()
                .onDemand(w -> new FrameVae(w, rules.vae()), vaePlacement.streamed())
                .use(body);
    }

    /** What footprints say of the autoencoder. */
    Network vaeWeights() {
        return Network.ofEachUse(vaeFile().weigh(w -> new FrameVae(w, rules.vae()), vaePlacement), Residency.STREAMED);
    }

    @Override
    public void close() {
        open.forEach(Checkpoint::close);
        open.clear();
    }

    private Checkpoint opened(Path folder, Placement placed) {
        Checkpoint checkpoint = Checkpoint.open(folder, placed);
        open.add(checkpoint);
        return checkpoint;
    }

    private Checkpoint vaeFile() {
        if (vae == null) {
            throw new IllegalStateException("the autoencoder's checkpoint is not open");
        }
        return vae;
    }
}
