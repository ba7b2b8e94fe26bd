package kinema.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Clips as the transformer sees them: scaled latents and text states, made once and kept in shards on disk, so that
 * training runs the network and nothing else. A shard that is there already is not made again.
 *
 * <p>Axes: N clips, F h w latent frames, rows, columns, Z latent channels, L text tokens, C width of a text state.
 */
public final class LatentCache implements AutoCloseable {
    /** Clips of one shard. */
    static final int SHARD = 256;

    /** Makes the clips of one shard. */
    @FunctionalInterface
    public interface Maker {
        /** Latents (n, F, Z, h, w) under {@code latents} and text states (n, L, C) under {@code text}. */
        Map<String, Tensor> make(long first, int count);
    }

    private final Tensor latents; // (N, F, Z, h, w) float16
    private final Tensor text; // (N, L, C) float16

    private LatentCache(Tensor latents, Tensor text) {
        this.latents = latents;
        this.text = text;
    }

    /**
     * Opens the cache of {@code clips} clips, making the shards that are missing.
     *
     * @param origin what the clips depend on; a shard of another origin is an error
     */
    public static LatentCache open(Path folder, int clips, String origin, Maker maker, TrainingListener listener) {
        List<Path> shards = new ArrayList<>();
        for (int first = 0; first < clips; first += SHARD) {
            Path shard = folder.resolve(String.format("clips-%06d.safetensors", first));
            shards.add(shard);
            if (!Files.exists(shard)) {
                make(shard, first, Math.min(SHARD, clips - first), origin, maker);
                listener.line("cached " + Math.min(first + SHARD, clips) + " of " + clips + " clips");
            }
        }
        return new LatentCache(join(shards, "latents", origin), join(shards, "text", origin));
    }

    /** Number of clips, N. */
    public long clips() {
        return latents.size(0);
    }

    /** Latents of the clips with these numbers: (B, F, Z, h, w) float32. */
    public Tensor latents(Tensor indices) {
        return Scopes.keep(() -> latents.index_select(0, indices).to(ScalarType.Float));
    }

    /** Text states of the clips with these numbers: (B, L, C) float32. */
    public Tensor text(Tensor indices) {
        return Scopes.keep(() -> text.index_select(0, indices).to(ScalarType.Float));
    }

    @Override
    public void close() {
        Scopes.free(latents);
        Scopes.free(text);
    }

    private static void make(Path shard, int first, int count, String origin, Maker maker) {
        Scopes.run(() -> {
            Map<String, Tensor> half = new LinkedHashMap<>();
            maker.make(first, count).forEach((key, value) -> half.put(key, value.to(ScalarType.Half)));
            try {
                Files.createDirectories(shard.toAbsolutePath().getParent());
                SafetensorsWriter.write(shard, half, Map.of("origin", origin));
            } catch (IOException e) {
                throw new UncheckedIOException(shard + ": cannot be written", e);
            }
        });
    }

    private static Tensor join(List<Path> shards, String key, String origin) {
        return Scopes.own(Scopes.keep(() -> {
            List<Safetensors> files = shards.stream().map(Safetensors::open).toList();
            try {
                files.forEach(file -> checkOrigin(file, origin));
                return Tensors.cat(
                        0, files.stream().map(file -> file.tensor(key)).toArray(Tensor[]::new));
            } finally {
                files.forEach(Safetensors::close);
            }
        }));
    }

    private static void checkOrigin(Safetensors file, String origin) {
        String found = file.metadata().get("origin");
        if (!origin.equals(found)) {
            throw new IllegalArgumentException(file.file() + ": made from '" + found + "', this recipe needs '" + origin
                    + "'; delete the folder to make it again");
        }
    }
}
