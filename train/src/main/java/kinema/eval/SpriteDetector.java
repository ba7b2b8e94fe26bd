package kinema.eval;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kinema.Video;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Clips;
import kinema.train.world.Subject;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Names and outlines the subject in every frame of a video, by a small network trained on renderings.
 *
 * <p>Safe to share between threads; close it to free its weights.
 */
public final class SpriteDetector implements AutoCloseable {
    private static final String RESOURCE = "detector.safetensors";
    private static final String SUBJECTS = "subjects";
    private static final long[] INPUT = {SpriteNetwork.SIDE, SpriteNetwork.SIDE};

    private final Checkpoint checkpoint;
    private final SpriteNetwork network;

    private final @Nullable Path unpacked; // the bundled weights' temporary folder

    private SpriteDetector(Checkpoint checkpoint, SpriteNetwork network, @Nullable Path unpacked) {
        this.checkpoint = checkpoint;
        this.network = network;
        this.unpacked = unpacked;
    }

    /** Opens the bundled weights. */
    public static SpriteDetector bundled(List<Subject> subjects) {
        try (InputStream in = SpriteDetector.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing beside " + SpriteDetector.class);
            }
            Path folder = Files.createTempDirectory("kinema-detector"); // memory-mapped weights need a file
            Files.copy(in, folder.resolve(RESOURCE));
            return open(folder, subjects, folder);
        } catch (IOException e) {
            throw new UncheckedIOException("the detector's weights cannot be unpacked", e);
        }
    }

    /**
     * Opens trained weights.
     *
     * @param folder of {@code detector.safetensors}
     * @param subjects the world's, in its order
     * @throws WeightsException when the file is damaged or was trained on other subjects
     */
    public static SpriteDetector open(Path folder, List<Subject> subjects) {
        return open(folder, subjects, null);
    }

    private static SpriteDetector open(Path folder, List<Subject> subjects, @Nullable Path unpacked) {
        Path file = folder.resolve(RESOURCE);
        String expected = names(subjects);
        try (Safetensors header = Safetensors.open(file)) {
            String found = header.metadata().getOrDefault(SUBJECTS, "");
            if (!found.equals(expected)) {
                throw new WeightsException(file + ": was trained on other subjects than the world has (" + found
                        + "); train it again with 'kinema train detector'");
            }
        }
        Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float);
        try {
            return new SpriteDetector(
                    checkpoint, checkpoint.load(w -> new SpriteNetwork(w, subjects.size())), unpacked);
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /** What a weights file says of itself. */
    static Map<String, String> metadata(List<Subject> subjects) {
        return Map.of("format", "pt", SUBJECTS, names(subjects));
    }

    /** Looks at every frame; frames of another size are scaled to the network's. */
    public Detection detect(Video video) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.run(() -> {
                SpriteNetwork.Output out = network.forward(frames(video));
                return new Detection(
                        rows(out.mask().sigmoid()), // (T, 1, 32, 32)
                        rows(out.subjects().log_softmax(1))); // (T, K)
            });
        }
    }

    @Override
    public void close() {
        checkpoint.close();
        if (unpacked != null) {
            try {
                Files.deleteIfExists(unpacked.resolve(RESOURCE));
                Files.deleteIfExists(unpacked);
            } catch (IOException e) {
                throw new UncheckedIOException(unpacked + ": the detector's unpacked weights cannot be deleted", e);
            }
        }
    }

    private static Tensor frames(Video video) {
        return Scopes.keep(() -> {
            Tensor frames =
                    Clips.batch(List.of(video)).squeeze(0).transpose(0, 1).contiguous(); // (T, 3, H, W)
            boolean larger = video.width() > SpriteNetwork.SIDE && video.height() > SpriteNetwork.SIDE;
            return larger
                    ? torch.adaptive_avg_pool2d(frames, INPUT)
                    : torch.upsample_bilinear2d(frames, INPUT, false); // (T, 3, 64, 64)
        });
    }

    private static List<float[]> rows(Tensor perFrame) {
        float[] all = Tensors.floats(perFrame);
        int length = all.length / Math.toIntExact(perFrame.size(0));
        List<float[]> rows = new ArrayList<>();
        for (int at = 0; at < all.length; at += length) {
            rows.add(Arrays.copyOfRange(all, at, at + length));
        }
        return rows;
    }

    private static String names(List<Subject> subjects) {
        return String.join(" ", subjects.stream().map(Subject::name).toList());
    }
}
