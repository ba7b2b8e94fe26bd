package kinema.show1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.show1.Show1Files.Part;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;
import kinema.weights.NewFolder;
import kinema.weights.Placement;
import kinema.weights.StoredTensor;
import kinema.weights.WeightFiles;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Writes the checkpoints of a Show-1 as one folder of safetensors in 16 bits: T5, which several bring in 32, once. All files
 * are opened before anything is written.
 */
final class Show1Conversion {
    private static final Placement AS_STORED = Placement.resident(ScalarType.Float); // nothing is placed

    /** Bytes of a number in 16 bits. */
    private static final long NARROW = 2;

    private final Show1Files files;
    private final ConversionListener listener;

    private Show1Conversion(Show1Files files, ConversionListener listener) {
        this.files = files;
        this.listener = listener;
    }

    /**
     * Converts.
     *
     * @throws IllegalArgumentException when there is nothing to convert, or the target is in use
     * @throws kinema.weights.WeightsException for a missing or damaged part
     * @throws CancellationException when the listener ended it
     */
    static void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        Show1Files files = Show1Files.of(folder);
        new Show1Conversion(files, listener).convert(folder, target);
    }

    private void convert(Path folder, Path target) throws IOException {
        Map<String, Checkpoint> weights = new LinkedHashMap<>();
        try {
            for (String name : files.networks()) {
                if (!isRepeated(name)) {
                    weights.put(name, Checkpoint.open(files.folder(name), AS_STORED));
                }
            }
            if (weights.keySet().stream().allMatch(this::isSafetensors)
                    && weights.values().stream()
                            .flatMap(w -> w.tensors().values().stream())
                            .noneMatch(Show1Conversion::isWide)) {
                throw new IllegalArgumentException(
                        folder + " is all safetensors in 16 bits already; there is nothing to convert");
            }
            try (NewFolder made = NewFolder.begin(target)) {
                made.requireSpace(weights.values().stream()
                        .mapToLong(Show1Conversion::bytes)
                        .sum());
                for (Map.Entry<String, Checkpoint> part : weights.entrySet()) {
                    listener.part(part.getKey());
                    Path place = place(made.path(), files.folder(part.getKey()));
                    CheckpointWriter.write(place, in16Bits(part.getValue()), CheckpointWriter.SHARD_BYTES, listener);
                }
                for (Path file : others()) {
                    copy(file, made.path());
                }
                made.complete();
            }
        } finally {
            weights.values().forEach(Checkpoint::close);
        }
    }

    /** Of T5 only the one that is read is converted. */
    private boolean isRepeated(String name) {
        return name.endsWith("/text_encoder")
                && !name.equals(Part.EXPERT + "/text_encoder")
                && !files.folder(name).equals(files.textFolder("text_encoder"));
    }

    private boolean isSafetensors(String name) {
        return WeightFiles.of(files.folder(name)).stream()
                .allMatch(file -> file.toString().endsWith(".safetensors"));
    }

    /** All but weights: configs, tokenizers, indexes of pipelines. */
    private List<Path> others() throws IOException {
        List<Path> all = new ArrayList<>();
        for (Part part : Part.values()) {
            if (files.has(part)) {
                add(files.folder(part, ModelIndex.NAME), all);
                for (String name : List.of("scheduler", "image_noising_scheduler", "unet", "vae", "text_encoder")) {
                    addJson(files.folder(part, name), all);
                }
            }
        }
        addFolder(files.textFolder("tokenizer"), all);
        if (files.has(Part.EXPERT)) {
            addFolder(files.folder(Part.EXPERT, "tokenizer"), all);
        }
        return all;
    }

    private void addJson(Path folder, List<Path> all) {
        boolean other = folder.endsWith("text_encoder") && isRepeated(folder);
        if (Files.isDirectory(folder) && !other) {
            Stream.of("config.json", "scheduler_config.json").forEach(name -> add(folder.resolve(name), all));
        }
    }

    private boolean isRepeated(Path textEncoder) {
        return files.networks().stream()
                .filter(name -> files.folder(name).equals(textEncoder))
                .anyMatch(this::isRepeated);
    }

    private static void add(Path file, List<Path> all) {
        if (Files.isRegularFile(file)) {
            all.add(file);
        }
    }

    private static void addFolder(Path folder, List<Path> all) throws IOException {
        try (Stream<Path> inside = Files.list(folder)) {
            inside.filter(Files::isRegularFile).sorted().forEach(all::add);
        }
    }

    private void copy(Path file, Path target) throws IOException {
        checkCancelled();
        Path place = place(target, file);
        Files.createDirectories(place.getParent());
        Files.copy(file, place);
    }

    /** Where a file or folder of a checkpoint lies in the new folder: under the checkpoint's own name. */
    private Path place(Path target, Path old) {
        for (Part part : Part.values()) {
            if (files.has(part)) {
                Path root = files.folder(part, "");
                if (old.startsWith(root)) {
                    return target.resolve(part.folderName())
                            .resolve(root.relativize(old).toString());
                }
            }
        }
        throw new IllegalStateException(old + " belongs to no checkpoint");
    }

    private Map<String, StoredTensor> in16Bits(Checkpoint weights) {
        Map<String, StoredTensor> narrow = new LinkedHashMap<>();
        weights.tensors().forEach((key, tensor) -> {
            checkCancelled();
            narrow.put(key, in16Bits(tensor));
        });
        return narrow;
    }

    /**
     * A tensor in 16 bits: float16, of which the published ones are, or bfloat16 where its numbers are too large for that. What
     * has no more bits already, and whole numbers, stay as they are.
     */
    static StoredTensor in16Bits(StoredTensor tensor) {
        if (!isWide(tensor)) {
            return tensor;
        }
        boolean fits = Scopes.run(() -> Tensors.isFinite(tensor.read().to(ScalarType.Half)));
        ScalarType dtype = fits ? ScalarType.Half : ScalarType.BFloat16;
        return new StoredTensor(
                dtype,
                tensor.shape(),
                false,
                () -> Scopes.keep(() -> tensor.read().to(dtype)));
    }

    private static boolean isWide(StoredTensor tensor) {
        return Dtypes.isFloating(tensor.dtype()) && Dtypes.bytes(tensor.dtype()) > NARROW;
    }

    private void checkCancelled() {
        if (listener.cancelled()) {
            throw new CancellationException("the conversion was cancelled");
        }
    }

    private static long bytes(Checkpoint weights) {
        return weights.tensors().values().stream()
                .mapToLong(t -> isWide(t) ? NARROW * Shapes.count(t.shape()) : t.bytes())
                .sum();
    }
}
