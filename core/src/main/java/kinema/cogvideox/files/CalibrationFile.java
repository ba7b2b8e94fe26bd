package kinema.cogvideox.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import kinema.diffusion.Polynomial;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Timesteps;
import kinema.files.Partial;
import kinema.files.StrictJson;
import kinema.weights.ConfigFile;
import kinema.weights.Sha256;
import kinema.weights.WeightsException;

/**
 * How the steps of a checkpoint differ from one to the next, measured with one sampler: {@code calibration-ddim.json} beside its
 * {@code model_index.json}. It is no part of the model: a checkpoint's digest leaves it out.
 *
 * @param transformer the digest of the transformer it was measured with, {@link PartDigest#ofTransformer}
 * @param scheduler the sampler
 * @param prompts how many videos it is the mean of
 * @param timesteps that were visited, falling
 * @param ratios the magnitude of the blocks' residual at each of them over that at the one before; the first is 1
 * @param polynomial from the change of the time embedding to that of the output
 */
public record CalibrationFile(
        String transformer,
        SchedulerType scheduler,
        int prompts,
        List<Integer> timesteps,
        List<Double> ratios,
        Polynomial polynomial) {
    private static final String START = "calibration-";
    private static final String END = ".json";
    private static final int MAX_PROMPTS = 1_000_000;
    private static final int DIGEST = 12; // hex digits, enough to tell the files of one model apart
    private static final String PREDICTION = "v_prediction";
    private static final double DECIMALS = 1e6;

    /** Checks what belongs together. */
    public CalibrationFile {
        timesteps = List.copyOf(timesteps);
        ratios = ratios.stream()
                .map(ratio -> Math.rint(ratio * DECIMALS) / DECIMALS)
                .toList();
        if (!transformer.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "'transformer' must be a digest of 64 hexadecimal digits, found '" + transformer + "'");
        }
        if (timesteps.size() < 2 || ratios.size() != timesteps.size()) {
            throw new IllegalArgumentException("'timesteps' and 'ratios' must be as many, at least 2, found "
                    + timesteps.size() + " and " + ratios.size());
        }
        for (int i = 1; i < timesteps.size(); i++) {
            if (timesteps.get(i) >= timesteps.get(i - 1)) {
                throw new IllegalArgumentException("'timesteps' must fall from one to the next, found "
                        + timesteps.get(i - 1) + " before " + timesteps.get(i));
            }
        }
        ratios.stream().filter(ratio -> !(ratio > 0)).findFirst().ifPresent(ratio -> {
            throw new IllegalArgumentException("'ratios' must be above 0, found " + ratio);
        });
        polynomial.coefficients().stream()
                .filter(coefficient -> !Double.isFinite(coefficient))
                .findFirst()
                .ifPresent(coefficient -> {
                    throw new IllegalArgumentException("'polynomial' must have finite coefficients, found "
                            + coefficient + ": the timesteps are too near one another; measure with other steps");
                });
        if (polynomial.coefficients().size() != Polynomial.POINTS) {
            throw new IllegalArgumentException("'polynomial' must have " + Polynomial.POINTS + " coefficients, found "
                    + polynomial.coefficients().size());
        }
    }

    /** Where that of a sampler is, whether or not it is there. */
    public static Path in(Path folder, SchedulerType sampler) {
        return folder.resolve(START + sampler + END);
    }

    /** Whether a file, relative to a checkpoint's folder, is named as one. */
    public static boolean isOne(Path file) {
        String name = file.toString();
        return name.startsWith(START) && name.endsWith(END);
    }

    /**
     * That of a sampler; empty where there is none.
     *
     * @throws WeightsException for one that is damaged, or says what it should not
     */
    public static Optional<CalibrationFile> find(Path folder, SchedulerType sampler) {
        Path file = in(folder, sampler);
        return Files.exists(file) ? Optional.of(read(file, sampler)) : Optional.empty();
    }

    private static CalibrationFile read(Path path, SchedulerType sampler) {
        ConfigFile file = ConfigFile.read(path);
        Set<String> known = new TreeSet<>(Set.of(
                "transformer", "scheduler", "prediction", "steps", "prompts", "timesteps", "ratios", "polynomial"));
        file.properties().forEach(entry -> {
            if (!known.remove(entry.getKey())) {
                throw new WeightsException(path + ": '" + entry.getKey() + "' is no key of a calibration");
            }
        });
        if (!known.isEmpty()) {
            throw new WeightsException(
                    path + ": has no " + String.join(", ", known) + "; 'kinema calibrate' makes it anew");
        }
        file.require("scheduler", "", sampler.toString(), "no " + path.getFileName());
        file.require("prediction", "", PREDICTION, "no CogVideoX");
        CalibrationFile read = file.make(() -> new CalibrationFile(
                file.text("transformer", ""),
                sampler,
                file.count("prompts", 0, MAX_PROMPTS),
                file.integers("timesteps", List.of()).stream()
                        .map(Math::toIntExact)
                        .toList(),
                numbers(file, "ratios"),
                new Polynomial(numbers(file, "polynomial"))));
        if (file.integer("steps", 0) != read.timesteps.size()) {
            throw new WeightsException(path + ": 'steps' must be the number of timesteps, " + read.timesteps.size()
                    + ", found " + file.integer("steps", 0));
        }
        return read;
    }

    private static List<Double> numbers(ConfigFile file, String key) {
        List<Double> numbers = new ArrayList<>();
        JsonNode list = file.node(key);
        for (Iterator<JsonNode> items = list.elements(); items.hasNext(); ) {
            numbers.add(StrictJson.number(items.next())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "'" + key + "' must be a list of finite numbers, found " + list)));
        }
        return numbers;
    }

    /**
     * Writes it beside a model, in place of an earlier one.
     *
     * @return the file
     */
    public Path write(Path folder) throws IOException {
        Path file = in(folder, scheduler);
        Path partial = Partial.in(folder, file);
        try {
            Files.writeString(partial, json());
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
        return file;
    }

    /** Tells it from others, in 12 hexadecimal digits. */
    public String digest() {
        return new Sha256().add(json().getBytes(StandardCharsets.UTF_8)).hex().substring(0, DIGEST);
    }

    /**
     * The ratios of a run's steps: those that were measured at the nearest timesteps, as MagCache takes the nearest where a run has
     * another number of steps. The first is not used.
     */
    public List<Double> ratiosAt(Timesteps run) {
        return IntStream.range(0, run.count())
                .mapToObj(i -> ratios.get(nearest(run.at(i))))
                .toList();
    }

    private int nearest(int timestep) {
        int nearest = 1; // the first has no ratio
        for (int i = 2; i < timesteps.size(); i++) {
            if (Math.abs(timesteps.get(i) - timestep) < Math.abs(timesteps.get(nearest) - timestep)) {
                nearest = i;
            }
        }
        return nearest;
    }

    private String json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("transformer", transformer)
                .put("scheduler", scheduler.toString())
                .put("prediction", PREDICTION);
        root.put("steps", timesteps.size()).put("prompts", prompts);
        timesteps.forEach(root.putArray("timesteps")::add);
        ratios.forEach(root.putArray("ratios")::add);
        polynomial.coefficients().forEach(root.putArray("polynomial")::add);
        return root.toPrettyString() + "\n";
    }
}
