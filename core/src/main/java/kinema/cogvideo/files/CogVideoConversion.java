package kinema.cogvideo.files;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.text.IceVocabulary;
import kinema.cogvideo.upscale.LargePicture;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.tensor.Scopes;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;
import kinema.weights.NewFolder;
import kinema.weights.Placement;
import kinema.weights.Sha256;
import kinema.weights.StoredTensor;
import kinema.weights.Weights;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Writes a CogVideo that comes in its authors' own files anew, as one folder of safetensors. The text-to-image model that both
 * stages and super-resolution have a copy of is written once, where a digest of all bytes says that the copies are equal.
 */
public final class CogVideoConversion {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Placement AS_STORED =
            Placement.resident(ScalarType.Float); // nothing is placed: tensors are copied

    private final CogVideoFiles files;
    private final Path target;
    private final ConversionListener listener;
    private final Map<Part, Checkpoint> parts;

    private CogVideoConversion(
            CogVideoFiles files, Path target, ConversionListener listener, Map<Part, Checkpoint> parts) {
        this.files = files;
        this.target = target;
        this.listener = listener;
        this.parts = parts;
    }

    /**
     * Converts. All is checked before anything is written, and the target appears when it is complete.
     *
     * @param folder the authors' files
     * @param target a folder that is not there yet, or empty
     * @throws IllegalArgumentException when there is nothing to convert, or the target is in use
     * @throws kinema.weights.WeightsException for a missing, damaged or unknown part
     * @throws CancellationException when the listener ended it
     */
    public static void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        CogVideoFiles files = new CogVideoFiles(folder);
        if (files.isPublished()) {
            throw new IllegalArgumentException(folder + " is in Kinema's layout already; there is nothing to convert");
        }
        Map<Part, Checkpoint> parts = new EnumMap<>(Part.class);
        try (NewFolder made = NewFolder.begin(target)) {
            for (Part part : files.parts()) {
                parts.put(part, files.open(part, AS_STORED));
            }
            check(files, parts);
            new CogVideoConversion(files, made.path(), listener, parts).write(made);
            made.complete();
        } finally {
            parts.values().forEach(Checkpoint::close);
        }
    }

    private static void check(CogVideoFiles files, Map<Part, Checkpoint> parts) {
        long imageTokens = files.keyframes().base().imageTokens();
        files.clusters(imageTokens);
        files.vocabulary(imageTokens);
        parts.forEach((part, weights) -> weights.check(
                switch (part) {
                    case BASE -> base(files.keyframes().base());
                    case INTERPOLATION_BASE -> base(files.interpolation().base());
                    case UPSCALER_BASE -> base(files.upscaler().base());
                    case KEYFRAMES -> added(files.keyframes());
                    case INTERPOLATION -> added(files.interpolation());
                    case UPSCALER -> {
                        UpscalerConfig upscaler = files.upscaler();
                        yield w -> new LargePicture(w, upscaler);
                    }
                    case IMAGE -> {
                        ImageConfig image = files.image();
                        yield w -> new ImageAutoencoder(w, image);
                    }
                }));
    }

    private static Function<Weights, ?> base(BaseConfig sizes) {
        return w -> new BaseModel(w, sizes);
    }

    private static Function<Weights, ?> added(BackboneConfig sizes) {
        return w -> new TemporalChannel(w, sizes);
    }

    private void write(NewFolder folder) throws IOException {
        List<Part> written = written();
        folder.requireSpace(written.stream()
                .flatMap(part -> weights(part).tensors().values().stream())
                .mapToLong(StoredTensor::bytes)
                .sum());
        write(CogVideoFiles.index(written), ModelIndex.NAME);
        for (Part part : written) {
            listener.part(part.key());
            write(config(part), part.key() + "/config.json");
            CheckpointWriter.write(
                    target.resolve(part.key()), weights(part).tensors(), CheckpointWriter.SHARD_BYTES, listener);
        }
        listener.part(CogVideoFiles.TOKENIZER);
        Path tokenizer = Files.createDirectories(target.resolve(CogVideoFiles.TOKENIZER));
        Files.copy(files.tokenizer(), tokenizer.resolve(IceVocabulary.NAME));
        Files.copy(files.clusters(), tokenizer.resolve(files.clusters().getFileName()));
    }

    /** All parts that are there but copies that equal the first. */
    private List<Part> written() {
        List<Part> written = new ArrayList<>(parts.keySet());
        String base = digest(Part.BASE);
        written.removeIf(part -> Part.COPIES.contains(part) && digest(part).equals(base));
        return written;
    }

    /** Of all bytes of a part. */
    private String digest(Part part) {
        listener.part("digest of " + part.key());
        Map<String, StoredTensor> tensors = new TreeMap<>(weights(part).tensors());
        Sha256 sha = new Sha256();
        int done = 0;
        for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
            Scopes.run(() -> {
                sha.add(tensor.getKey(), tensor.getValue().read());
            });
            listener.step(++done, tensors.size());
            if (listener.cancelled()) {
                throw new CancellationException("the conversion was cancelled");
            }
        }
        return sha.hex();
    }

    private Map<String, Object> config(Part part) {
        return switch (part) {
            case BASE -> files.keyframes().base().toMap();
            case KEYFRAMES -> files.keyframes().toMap();
            case INTERPOLATION_BASE -> files.interpolation().base().toMap();
            case INTERPOLATION -> files.interpolation().toMap();
            case UPSCALER_BASE -> files.upscaler().base().toMap();
            case UPSCALER -> files.upscaler().toMap();
            case IMAGE -> Map.of();
        };
    }

    private void write(Map<String, Object> values, String name) throws IOException {
        Path file = target.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(values) + "\n");
    }

    private Checkpoint weights(Part part) {
        return java.util.Objects.requireNonNull(parts.get(part));
    }
}
