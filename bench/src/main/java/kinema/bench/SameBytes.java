package kinema.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The comparison behind {@code bench/same-bytes}, which says what is compared: makes each request with two builds and
 * compares the files. It stands in one file and uses none of Kinema's classes, so that it runs as it is, whatever the
 * state of the code around it.
 */
public final class SameBytes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = System.out;
    private static final int UNKNOWN_OPTION = 2;
    private static final Set<String> BOXES_OF_BOXES = Set.of("moov", "trak", "mdia", "minf", "stbl", "edts", "dinf");
    private static final Set<String> BOXES_LEFT_OUT = Set.of("udta", "free", "stco", "co64");
    private static final String NOTE = "provenance.json";
    private static final Set<String> TEXT_CHUNKS = Set.of("tEXt", "zTXt", "iTXt");

    /** How a request ended. */
    private enum State {
        EQUAL,
        DIFFERENT,
        UNKNOWN
    }

    /** The end of a request, and what was compared or differs. */
    private record Result(State state, String text) {}

    /** A finished program: its exit code and the last line it printed. */
    private record Run(int exit, String lastLine) {}

    private final Path work;
    private final Path a;
    private final Path b;

    private SameBytes(Path work) {
        this.work = work;
        this.a = work.resolve("A");
        this.b = work.resolve("B");
    }

    /**
     * Compares two builds and exits with 0 when all requests are equal.
     *
     * @param args the folder that holds the builds {@code A} and {@code B} and the {@code fixtures}, then further folders of cases
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<Path> cases = Arrays.stream(args).skip(1).map(Path::of).toList();
        System.exit(new SameBytes(Path.of(args[0])).compareAll(cases) ? 0 : 1);
    }

    private boolean compareAll(List<Path> cases) throws IOException, InterruptedException {
        Map<String, String> requests = listed(b);
        requests.putAll(cases(work.resolve("fixtures"), ""));
        for (Path folder : cases) {
            requests.putAll(cases(folder, folder.getFileName() + "/"));
        }
        String only = System.getenv().getOrDefault("ONLY", "");
        if (!only.isBlank()) {
            requests.keySet().retainAll(List.of(only.trim().split("\\s+")));
        }
        Map<String, String> asInA = listed(a);
        Map<State, Integer> counts = new EnumMap<>(State.class);
        for (Map.Entry<String, String> request : requests.entrySet()) {
            String name = request.getKey();
            Result result = compare(name, asInA.getOrDefault(name, request.getValue()), request.getValue());
            counts.merge(result.state(), 1, Integer::sum);
            OUT.printf("%-10s %s: %s%n", result.state(), name, result.text());
        }
        int equal = counts.getOrDefault(State.EQUAL, 0);
        int unknown = counts.getOrDefault(State.UNKNOWN, 0);
        OUT.printf("%d of %d requests equal", equal, requests.size() - unknown);
        OUT.println(unknown == 0 ? "" : "; " + unknown + " more that A does not know");
        return equal > 0 && equal == requests.size() - unknown;
    }

    // The requests

    /** The requests a build's own list names; none where it has no list. */
    private static Map<String, String> listed(Path build) throws IOException {
        Map<String, String> requests = new LinkedHashMap<>();
        Path list = build.resolve("bench/same-bytes.requests");
        for (String line : Files.exists(list) ? Files.readAllLines(list) : List.<String>of()) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int colon = line.indexOf(": ");
                requests.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        return requests;
    }

    private static List<Path> caseFolders(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(f -> Files.exists(f.resolve("request.json")))
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, String> cases(Path folder, String prefix) throws IOException {
        Map<String, String> requests = new LinkedHashMap<>();
        for (Path c : caseFolders(folder.toAbsolutePath())) {
            JsonNode request = JSON.readTree(c.resolve("request.json").toFile());
            requests.put(prefix + c.getFileName(), commandLine(c, request));
        }
        return requests;
    }

    /** A case's request as the command line takes it. */
    private static String commandLine(Path folder, JsonNode r) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--model", folder.resolve("model").toString());
        options.put("--size", text(r, "width") + "x" + text(r, "height"));
        for (String option : List.of("seed", "steps", "guidance", "scheduler", "negative")) {
            if (r.hasNonNull(option)) {
                options.put("--" + option, text(r, option));
            }
        }
        options.putAll(pictures(folder, r));
        if (r.hasNonNull("lora")) {
            JsonNode lora = r.get("lora");
            options.put("--lora", folder.resolve(text(lora, "file")) + ":" + text(lora, "scale"));
        }
        if (r.hasNonNull("tile")) {
            options.put(
                    "--tile", r.at("/tile/1").asText() + "x" + r.at("/tile/0").asText());
        }
        StringBuilder line = new StringBuilder("./kinema generate " + quoted(text(r, "prompt")));
        options.forEach(
                (option, value) -> line.append(' ').append(option).append('=').append(quoted(value)));
        line.append(r.path("dynamic").asBoolean() ? " --dynamic-guidance" : "");
        line.append(r.path("compat").asBoolean() ? " --compat" : "");
        return line + " --max-memory 4G --tensors $OUT/o.safetensors --out $OUT/o.mp4";
    }

    private static Map<String, String> pictures(Path folder, JsonNode r) {
        String frames = folder.resolve("frames").toString();
        return switch (text(r, "mode")) {
            case "v2v" -> Map.of("--video", frames, "--strength", text(r, "strength"));
            case "fun" -> Map.of("--control", frames);
            case "i2v" -> Map.of("--frames", text(r, "num_frames"), "--image", folder.resolve(text(r, "image")) + "");
            default -> Map.of("--frames", text(r, "num_frames"));
        };
    }

    private static String text(JsonNode node, String key) {
        return node.path(key).asText();
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    // The comparison

    private Result compare(String name, String lineInA, String lineInB) throws IOException, InterruptedException {
        Path madeByA = work.resolve("out-A").resolve(name);
        Path madeByB = work.resolve("out-B").resolve(name);
        Run runA = run(a, lineInA, madeByA);
        Run runB = run(b, lineInB, madeByB);
        if (runA.exit() == UNKNOWN_OPTION && runB.exit() == 0) {
            return new Result(State.UNKNOWN, "A refuses it: " + runA.lastLine());
        }
        if (runA.exit() != 0 || runB.exit() != 0) {
            String text = "A exits with %d, B with %d: %s".formatted(runA.exit(), runB.exit(), runB.lastLine());
            return new Result(State.DIFFERENT, text);
        }
        return compareFolders(madeByA, madeByB);
    }

    private static Run run(Path build, String line, Path out) throws IOException, InterruptedException {
        Files.createDirectories(out);
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", line).directory(build.toFile());
        builder.environment().put("OUT", out.toString());
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Run(process.waitFor(), output.substring(output.lastIndexOf('\n') + 1));
    }

    private static Result compareFolders(Path madeByA, Path madeByB) throws IOException {
        Set<String> files = files(madeByA);
        if (files.isEmpty() || !files.equals(files(madeByB))) {
            return new Result(State.DIFFERENT, "A leaves " + files + ", B " + files(madeByB));
        }
        List<String> compared = new ArrayList<>();
        for (String name : files) {
            Result result = compareFiles(name, madeByA.resolve(name), madeByB.resolve(name));
            if (result.state() != State.EQUAL) {
                return result;
            }
            compared.add(result.text());
        }
        int shown = Math.min(3, compared.size());
        String rest = shown < compared.size() ? " and " + (compared.size() - shown) + " more files" : "";
        return new Result(State.EQUAL, String.join(", ", compared.subList(0, shown)) + rest);
    }

    private static Result compareFiles(String name, Path madeByA, Path madeByB) {
        Map<String, ByteBuffer> partsA;
        Map<String, ByteBuffer> partsB;
        try {
            partsA = parts(madeByA);
            partsB = parts(madeByB);
        } catch (IOException e) {
            return new Result(State.DIFFERENT, name + " cannot be read: " + e.getMessage());
        }
        if (partsA.isEmpty() || !partsA.keySet().equals(partsB.keySet())) {
            return new Result(
                    State.DIFFERENT, name + " holds " + partsA.keySet() + " by A, " + partsB.keySet() + " by B");
        }
        long bytes = 0;
        for (Map.Entry<String, ByteBuffer> part : partsA.entrySet()) {
            int length = part.getValue().remaining();
            int at = part.getValue().mismatch(Objects.requireNonNull(partsB.get(part.getKey())));
            if (at >= 0) {
                String where = "%s: %s, from byte %d of %d".formatted(name, part.getKey(), at, length);
                return new Result(State.DIFFERENT, where);
            }
            bytes += length;
        }
        return new Result(State.EQUAL, "%s (%d parts, %d bytes)".formatted(name, partsA.size(), bytes));
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.endsWith(NOTE))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** What of a file is compared, by name. */
    private static Map<String, ByteBuffer> parts(Path file) throws IOException {
        String name = file.toString();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        Map<String, ByteBuffer> parts = new LinkedHashMap<>();
        try {
            if (name.endsWith(".safetensors")) {
                tensors(bytes.order(ByteOrder.LITTLE_ENDIAN), parts);
            } else if (name.endsWith(".mp4")) {
                boxes(bytes, "", parts);
            } else if (name.endsWith(".png")) {
                chunks(bytes, parts);
            } else {
                parts.put("bytes", bytes);
            }
        } catch (RuntimeException e) {
            throw new IOException("it is not whole, " + e, e);
        }
        return parts;
    }

    private static void tensors(ByteBuffer file, Map<String, ByteBuffer> parts) throws IOException {
        byte[] header = new byte[Math.toIntExact(file.getLong())];
        file.get(header);
        int data = file.position();
        for (Map.Entry<String, JsonNode> entry : JSON.readTree(header).properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode value = entry.getValue();
                JsonNode span = value.get("data_offsets");
                String name = entry.getKey() + " " + value.get("dtype").asText() + value.get("shape");
                int begin = span.get(0).asInt();
                parts.put(name, file.slice(data + begin, span.get(1).asInt() - begin));
            }
        }
    }

    /** ISO base media boxes: a size, a type, then bytes or boxes. Boxes of one path are counted. */
    private static void boxes(ByteBuffer file, String path, Map<String, ByteBuffer> parts) {
        while (file.hasRemaining()) {
            long size = Integer.toUnsignedLong(file.getInt());
            String type = type(file);
            long head = 8;
            if (size == 1) {
                size = file.getLong();
                head = 16;
            }
            int length = size == 0 ? file.remaining() : Math.toIntExact(size - head);
            ByteBuffer content = take(file, length);
            if (BOXES_OF_BOXES.contains(type)) {
                boxes(content, path + type + "/", parts);
            } else if (!BOXES_LEFT_OUT.contains(type)) {
                parts.put(path + type + " " + parts.size(), content);
            }
        }
    }

    /** PNG chunks: a length, a type, bytes, and a checksum of type and bytes. */
    private static void chunks(ByteBuffer file, Map<String, ByteBuffer> parts) {
        parts.put("signature", take(file, 8));
        while (file.hasRemaining()) {
            int length = file.getInt();
            String type = type(file);
            ByteBuffer content = take(file, length);
            file.getInt();
            if (!TEXT_CHUNKS.contains(type)) {
                parts.put(type + " " + parts.size(), content);
            }
        }
    }

    private static String type(ByteBuffer file) {
        byte[] type = new byte[4];
        file.get(type);
        return new String(type, StandardCharsets.ISO_8859_1);
    }

    private static ByteBuffer take(ByteBuffer file, int length) {
        ByteBuffer content = file.slice(file.position(), length);
        file.position(file.position() + length);
        return content;
    }
}
