package kinema.train.show1;

import java.nio.file.Files;
import java.nio.file.Path;
import kinema.diffusion.LatentSpace;
import kinema.show1.Show1Files.Part;
import kinema.show1.vae.FrameVae;
import kinema.show1.vae.FrameVaeConfig;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Placement;
import kinema.weights.TensorDigest;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The expert's autoencoder with its weights open. */
final class OpenVae implements AutoCloseable {
    static final String NAME = "vae";

    private final FrameVaeConfig config;
    private final Checkpoint weights;
    private final FrameVae network;

    private OpenVae(Path folder) {
        config = FrameVaeConfig.read(ConfigFile.read(folder.resolve("config.json")));
        weights = Checkpoint.open(folder, Placement.resident(ScalarType.Float));
        FrameVae.alias(weights);
        network = weights.load(w -> new FrameVae(w, config));
    }

    /**
     * Opens the autoencoder of a recipe's expert: of the checkpoint it starts from, else of the model's.
     *
     * @throws IllegalArgumentException when neither has one
     */
    static OpenVae of(StageRecipe recipe) {
        return new OpenVae(folder(recipe).resolve(NAME));
    }

    /** The checkpoint that has the autoencoder. */
    static Path folder(StageRecipe recipe) {
        for (Path folder :
                new Path[] {Path.of(recipe.start()), Path.of(recipe.model()).resolve(Part.EXPERT.folderName())}) {
            boolean asked = !folder.toString().isEmpty();
            if (asked && Files.isDirectory(folder.resolve(NAME))) {
                return folder;
            }
        }
        throw new IllegalArgumentException("the expert works in latents of an autoencoder, which neither start '"
                + recipe.start() + "' nor model '" + recipe.model()
                + "' has; train one by 'kinema train show1-autoencoder' and give its model/ as model");
    }

    FrameVae network() {
        return network;
    }

    FrameVaeConfig config() {
        return config;
    }

    LatentSpace space() {
        return config.latentSpace();
    }

    /** Which it is, in words. */
    String origin() {
        return "vae " + TensorDigest.of("", weights.tensors()) + " times " + config.scalingFactor();
    }

    @Override
    public void close() {
        weights.close();
    }
}
