package kinema.cogvideo.files;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The parts of a checkpoint that hold weights.
 *
 * <p>Both stages and super-resolution are a text-to-image model with something added. The authors give out each with a copy of
 * its own; where the copies are equal a converted checkpoint has one.
 */
public enum Part {
    /** The text-to-image model, which makes the first frame; also the first stage's. */
    BASE("base", "BaseModel", "cogvideo-stage1", "transformer"),
    /** What the first stage adds. */
    KEYFRAMES("keyframes", "TemporalChannel", "cogvideo-stage1", "mixins"),
    /** The second stage's own copy of the text-to-image model. */
    INTERPOLATION_BASE("interpolation_base", "BaseModel", "cogvideo-stage2", "transformer"),
    /** What the second stage adds. */
    INTERPOLATION("interpolation", "TemporalChannel", "cogvideo-stage2", "mixins"),
    /** Super-resolution's own copy of the text-to-image model. */
    UPSCALER_BASE("upscaler_base", "BaseModel", "cogview2-dsr", "transformer"),
    /** What super-resolution adds. */
    UPSCALER("upscaler", "LargePicture", "cogview2-dsr", "mixins"),
    /** The image autoencoder. */
    IMAGE("image", "ImageAutoencoder", "ice_image.pt", "");

    /** Those that every video needs; without the others a model ends with an earlier stage. */
    static final Set<Part> NEEDED = Set.of(BASE, KEYFRAMES, IMAGE);

    /** The copies that a converted checkpoint leaves out where they equal {@link #BASE}. */
    static final List<Part> COPIES = List.of(INTERPOLATION_BASE, UPSCALER_BASE);

    private final String key;
    private final String type;
    private final String authors;
    private final String prefix;

    Part(String key, String type, String authors, String prefix) {
        this.key = key;
        this.type = type;
        this.authors = authors;
        this.prefix = prefix;
    }

    /** Its name in {@code model_index.json}, and of its folder. */
    public String key() {
        return key;
    }

    /** The class that {@code model_index.json} names. */
    String type() {
        return type;
    }

    /** The authors' folder or file. */
    String authors() {
        return authors;
    }

    /** Below which name its tensors are in the authors' file; empty where all are. */
    public String prefix() {
        return prefix;
    }

    /**
     * Of what a stage adds the text-to-image model it is added to, where that is no copy which is left out.
     *
     * @throws IllegalStateException for a part that is added to none
     */
    public Part base() {
        return switch (this) {
            case KEYFRAMES -> BASE;
            case INTERPOLATION -> INTERPOLATION_BASE;
            case UPSCALER -> UPSCALER_BASE;
            default -> throw new IllegalStateException(key + " is added to no text-to-image model");
        };
    }

    /** The part of a name; empty where there is none. */
    static Optional<Part> of(String key) {
        return Arrays.stream(values()).filter(part -> part.key.equals(key)).findFirst();
    }
}
