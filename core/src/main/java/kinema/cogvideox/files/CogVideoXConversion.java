package kinema.cogvideox.files;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConfigFile;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;
import kinema.weights.NewFolder;
import kinema.weights.Placement;
import kinema.weights.StoredTensor;
import kinema.weights.WeightFiles;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes a CogVideoX that comes in its authors' own files anew, in the published layout. */
public final class CogVideoXConversion {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Placement AS_STORED =
            Placement.resident(ScalarType.Float); // nothing is placed: tensors are copied
    private static final List<String> TOKENIZER = List.of(
            "spiece.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.json");

    private final ModelFiles files;
    private final Path target;
    private final ConversionListener listener;

    private CogVideoXConversion(ModelFiles files, Path target, ConversionListener listener) {
        this.files = files;
        this.target = target;
        this.listener = listener;
    }

    /**
     * Converts. All is checked before anything is written, and the target appears when it is complete.
     *
     * @param folder the authors' files
     * @param target a folder that is not there yet, or empty
     * @throws IllegalArgumentException when there is nothing to convert, or the target is in use
     * @throws WeightsException for a missing, damaged or unknown part
     * @throws CancellationException when the listener ended it
     */
    public static void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        ModelFiles files = ModelFiles.of(folder);
        if (files.isPublished()) {
            throw new IllegalArgumentException(
                    folder + " has the published layout already; there is nothing to convert");
        }
        TransformerConfig t = TransformerConfig.of(files.transformer());
        VaeConfig v = VaeConfig.of(files.vae());
        try (Checkpoint transformer = files.openTransformer(AS_STORED);
                Checkpoint vae = files.openVae(AS_STORED)) {
            transformer.check(w -> new ExpertTransformer(w, t));
            vae.check(w -> new Vae(w, v));
            try (NewFolder made = NewFolder.begin(target)) {
                CogVideoXConversion conversion = new CogVideoXConversion(files, made.path(), listener);
                List<Path> encoder = conversion.encoderFiles();
                List<Path> tokenizer = conversion.tokenizerFiles();
                made.requireSpace(bytes(transformer) + bytes(vae) + bytes(encoder) + bytes(tokenizer));
                conversion.configs();
                conversion.weights("transformer", transformer);
                conversion.weights("vae", vae);
                conversion.copy("text_encoder", encoder);
                conversion.copy("tokenizer", tokenizer);
                made.complete();
            }
        }
    }

    private void configs() throws IOException {
        write(files.index(), ModelIndex.NAME);
        write(files.scheduler(), "scheduler/scheduler_config.json");
        write(files.transformer(), "transformer/config.json");
        write(files.vae(), "vae/config.json");
    }

    private void write(ConfigFile config, String name) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        config.properties().forEach(property -> root.set(property.getKey(), property.getValue()));
        Path file = target.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, root.toPrettyString() + "\n");
    }

    private void weights(String part, Checkpoint weights) throws IOException {
        listener.part(part);
        CheckpointWriter.write(target.resolve(part), weights.tensors(), CheckpointWriter.SHARD_BYTES, listener);
    }

    private void copy(String part, List<Path> sources) throws IOException {
        listener.part(part);
        Path folder = Files.createDirectories(target.resolve(part));
        int done = 0;
        for (Path source : sources) {
            Files.copy(source, folder.resolve(source.getFileName()));
            listener.step(++done, sources.size());
            if (listener.cancelled()) {
                throw new CancellationException("the conversion was cancelled");
            }
        }
    }

    private List<Path> encoderFiles() throws IOException {
        Path folder = files.textEncoder();
        List<Path> all = new ArrayList<>(WeightFiles.of(folder));
        all.add(ConfigFile.read(folder.resolve("config.json")).file());
        try (Stream<Path> list = Files.list(folder)) {
            list.filter(file -> file.toString().endsWith(".safetensors.index.json"))
                    .forEach(all::add);
        }
        return all;
    }

    private List<Path> tokenizerFiles() {
        Path folder = files.tokenizer();
        List<Path> found = TOKENIZER.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .toList();
        if (found.stream().noneMatch(file -> file.endsWith(TOKENIZER.get(0)))) {
            throw new WeightsException(
                    folder.resolve(TOKENIZER.get(0)) + ": no such file; the prompts' tokenizer needs it");
        }
        return found;
    }

    private static long bytes(Checkpoint weights) {
        return weights.tensors().values().stream()
                .mapToLong(StoredTensor::bytes)
                .sum();
    }

    private static long bytes(List<Path> files) throws IOException {
        long sum = 0;
        for (Path file : files) {
            sum += Files.size(file);
        }
        return sum;
    }
}
