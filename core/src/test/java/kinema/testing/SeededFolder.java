package kinema.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.testing.SeededTensor.Type;

/**
 * Fixtures whose weights a seed makes again: a folder holds only what cannot be computed (configs, expected values), and
 * a file {@value #RULES} that says which files and folders to add. {@link #write} puts the whole together.
 *
 * <pre>{@code
 * {
 *   "files": {
 *     "model/unet/diffusion_pytorch_model.bin": {"tensors": "../shapes/unet.json", "seed": 12},
 *     "model/vae/model.safetensors": {"tensors": "../shapes/vae.json", "seed": 13, "dtype": "F16", "shard": 60000}
 *   },
 *   "copies": {"model/tokenizer": "../tokenizer"}
 * }
 * }</pre>
 *
 * <p>{@code files} are written: in safetensors where the name ends so, else as {@code torch.save} would, such as
 * {@code .bin}. {@code tensors} is a list of tensors by name, here or in a file, in the order their numbers are drawn: a shape,
 * {@code [8, 3, 3]}, or a shape with a range or a type of its own, {@code {"shape": [2, 5], "low": -2, "high": 2}}.
 * {@code dtype} is F32 (the default), F64, F16 or BF16; {@code shard} cuts the file into pieces of at most so many bytes,
 * with an index. Fixtures of equal networks share a list and have seeds of their own. A file may also hold another
 * file's numbers, see {@link SeededPickle}. {@code copies} are files and folders to copy. Paths are relative to
 * {@value #RULES}.
 *
 * <p>Numbers are {@code low + (high - low) · torch.rand(shape, generator)} with one generator a file,
 * {@code torch.Generator().manual_seed(seed)}. Without a range, a tensor of two or more axes lies within ±1.3 / √n, n
 * being the product of all axes but the first; of those with one axis a {@code …weight} lies within 1 ± 0.35, any other
 * within ±0.35. Uniform numbers are equal, bit for bit, on every machine. {@code seeded.py} is this rule in Python, for
 * the scripts that make expected values.
 */
public final class SeededFolder {
    /** The name of a fixture's rules. */
    public static final String RULES = "weights.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path fixture;
    private final Path target;

    private SeededFolder(Path fixture, Path target) {
        this.fixture = fixture;
        this.target = target;
    }

    /** Writes whole fixtures for programs outside the tests: pairs of a fixture and its target. */
    public static void main(String[] args) {
        for (int i = 0; i + 1 < args.length; i += 2) {
            write(Path.of(args[i]), Path.of(args[i + 1]));
        }
    }

    /**
     * Copies a fixture and adds what its rules say; without rules it is only copied.
     *
     * @param fixture the folder with or without {@value #RULES}
     * @param target where the whole goes, replacing files of the same names
     * @return the target
     */
    public static Path write(Path fixture, Path target) {
        try {
            copy(fixture, target);
            if (Files.exists(fixture.resolve(RULES))) {
                Files.delete(target.resolve(RULES));
                new SeededFolder(fixture, target).add();
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add() throws IOException {
        JsonNode rules = json(fixture.resolve(RULES));
        for (Map.Entry<String, JsonNode> part : rules.properties()) {
            switch (part.getKey()) {
                case "copies", "files" -> {}
                default ->
                    throw new IllegalArgumentException(
                            "%s/%s: unknown '%s'; known: copies, files".formatted(fixture, RULES, part.getKey()));
            }
        }
        for (Map.Entry<String, JsonNode> copy : rules.path("copies").properties()) {
            Path to = target.resolve(copy.getKey());
            Files.createDirectories(to.getParent());
            copy(fixture.resolve(copy.getValue().asText()), to);
        }
        for (Map.Entry<String, JsonNode> file : rules.path("files").properties()) {
            Path to = target.resolve(file.getKey());
            Files.createDirectories(to.getParent());
            if (file.getValue().has("pickle")) {
                SeededPickle.write(to, fixture, file.getValue());
            } else {
                write(to, file.getValue());
            }
        }
    }

    /** The numbers by name that a fixture's rules put into a file, or would if it held this type. */
    static Map<String, byte[]> numbers(Path fixture, String file, Type type) throws IOException {
        JsonNode rule = json(fixture.resolve(RULES)).path("files").path(file);
        MersenneTwister random = new MersenneTwister(rule.get("seed").asLong());
        Map<String, byte[]> numbers = new LinkedHashMap<>();
        for (SeededTensor tensor : tensors(fixture, rule, type)) {
            numbers.put(tensor.key(), tensor.draw(random));
        }
        return numbers;
    }

    /** Reads a file of JSON. */
    static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                    copy.toFile().setWritable(true);
                }
            }
        }
    }

    private static List<SeededTensor> tensors(Path fixture, JsonNode rule, Type type) throws IOException {
        JsonNode list = rule.get("tensors");
        List<SeededTensor> tensors = new ArrayList<>();
        (list.isObject() ? list : json(fixture.resolve(list.asText())))
                .properties()
                .forEach(entry -> tensors.add(SeededTensor.of(entry.getKey(), entry.getValue(), type)));
        return tensors;
    }

    private void write(Path file, JsonNode rule) throws IOException {
        Type type = Type.valueOf(rule.path("dtype").asText("F32"));
        List<SeededTensor> tensors = tensors(fixture, rule, type);
        MersenneTwister random = new MersenneTwister(rule.get("seed").asLong());
        if (rule.has("shard")) {
            writeShards(file, shards(tensors, rule.get("shard").asLong()), random);
        } else {
            write(file, tensors, random);
        }
    }

    private static List<List<SeededTensor>> shards(List<SeededTensor> tensors, long limit) {
        List<List<SeededTensor>> shards = new ArrayList<>();
        long size = limit;
        for (SeededTensor tensor : tensors) {
            size += tensor.bytes();
            if (size > limit) {
                shards.add(new ArrayList<>());
                size = tensor.bytes();
            }
            shards.get(shards.size() - 1).add(tensor);
        }
        return shards;
    }

    private static void writeShards(Path file, List<List<SeededTensor>> shards, MersenneTwister random)
            throws IOException {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        ObjectNode index = JSON.createObjectNode();
        long size = 0;
        ObjectNode places = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String part =
                    "%s-%05d-of-%05d%s".formatted(name.substring(0, dot), i + 1, shards.size(), name.substring(dot));
            write(file.resolveSibling(part), shards.get(i), random);
            for (SeededTensor tensor : shards.get(i)) {
                places.put(tensor.key(), part);
                size += tensor.bytes();
            }
        }
        index.putObject("metadata").put("total_size", size);
        JSON.writeValue(file.resolveSibling(name + ".index.json").toFile(), index);
    }

    private static void write(Path file, List<SeededTensor> tensors, MersenneTwister random) throws IOException {
        if (file.toString().endsWith(".safetensors")) {
            writeSafetensors(file, tensors, random);
        } else {
            writeTorch(file, tensors, random);
        }
    }

    private static void writeSafetensors(Path file, List<SeededTensor> tensors, MersenneTwister random)
            throws IOException {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        int end = 0;
        for (SeededTensor tensor : tensors) {
            ObjectNode entry =
                    header.putObject(tensor.key()).put("dtype", tensor.type().name());
            entry.set("shape", JSON.valueToTree(tensor.shape()));
            entry.putArray("data_offsets").add(end).add(end + tensor.bytes());
            end += tensor.bytes();
        }
        String json = header.toString();
        byte[] head = (json + " ".repeat(-json.length() & 7)).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(8 + head.length + end).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(head.length).put(head);
        tensors.forEach(tensor -> out.put(tensor.draw(random)));
        Files.write(file, out.array());
    }

    /** A dictionary of tensors, each with a storage of its own. */
    private static void writeTorch(Path file, List<SeededTensor> tensors, MersenneTwister random) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Pickle pickle = Pickle.start().global("collections", "OrderedDict").op(')', 'R', '(');
        for (SeededTensor tensor : tensors) {
            String storage = Integer.toString(entries.size());
            pickle.text(tensor.key()).tensor(tensor.type().torch, storage, tensor.count(), tensor.shape());
            entries.put("archive/data/" + storage, tensor.draw(random));
        }
        entries.put("archive/data.pkl", pickle.op('u').end());
        Pickle.zip(file, entries);
    }
}
