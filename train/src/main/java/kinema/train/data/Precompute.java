package kinema.train.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.files.FolderLock;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.CaptionedClip;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.RunFolder;
import kinema.train.TrainingListener;
import kinema.train.UnusableClipException;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Turns a source's clips into shards on disk, so that training runs the network and nothing else: block by block, each clip in
 * the shape that suits it, with clips being read or rendered ahead. What is done is not done again, also after a stop. Clips
 * that cannot be used are told of, counted and left out.
 */
public final class Precompute {
    private static final int BLOCK = 128; // clips until the manifest is written
    private static final int BATCH = 4; // clips coded at once
    private static final int AHEAD = 8;

    private final Path folder;
    private final ClipSource source;
    private final List<Shape> shapes;
    private final ClipCoder coder;
    private final TrainingListener listener;

    /** What a thread ahead found: a clip, or the reason there is none. */
    private record Found(
            long number, @Nullable Shape shape, @Nullable CaptionedClip clip, String reason) {}

    /** Clips of a block in one shape. */
    private static final class Group {
        private final List<CaptionedClip> waiting = new ArrayList<>();
        private final List<Long> numbers = new ArrayList<>();
        private final List<Map<String, Tensor>> coded = new ArrayList<>();
    }

    /**
     * A job.
     *
     * @param folder of the shards
     * @param source with an end
     * @param shapes that clips may have
     */
    public Precompute(Path folder, ClipSource source, List<Shape> shapes, ClipCoder coder, TrainingListener listener) {
        this.folder = folder;
        this.source = source;
        this.shapes = List.copyOf(shapes);
        this.coder = coder;
        this.listener = listener;
    }

    /** What the shards depend on. */
    public String origin() {
        return source.origin() + "; " + coder.origin() + "; sizes " + shapes;
    }

    /**
     * Makes what is missing.
     *
     * @return whether all is there; false after a cancellation
     * @throws IllegalArgumentException when the folder holds shards of another origin, another job writes there, or no clip can be used
     */
    public boolean run() {
        Manifest manifest = Manifest.read(folder, origin());
        if (manifest.done() >= source.count().orElseThrow()) {
            return finished(manifest);
        }
        try (FolderLock lock = RunFolder.lock(folder)) {
            return complete();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the lock cannot be given up", e);
        }
    }

    private boolean complete() {
        long count = source.count().orElseThrow();
        Manifest manifest = Manifest.read(folder, origin()); // again, as another may have made some meanwhile
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
        try (Prefetch<Found> clips = new Prefetch<>(manifest.done(), AHEAD, threads, this::find)) {
            while (manifest.done() < count && !listener.cancelled()) {
                long end = Math.min(count, manifest.done() + BLOCK);
                manifest = block(manifest, end, clips);
                listener.line("precomputed " + manifest.done() + " of " + count + " clips"
                        + (manifest.skipped().isEmpty()
                                ? ""
                                : ", " + manifest.skipped().size() + " skipped"));
            }
        }
        return manifest.done() >= count && finished(manifest);
    }

    private boolean finished(Manifest manifest) {
        if (manifest.clips() == 0) {
            throw new IllegalArgumentException(
                    folder + ": none of " + manifest.done() + " clips can be used; the first: "
                            + manifest.skipped().get(0).reason());
        }
        if (!manifest.skipped().isEmpty()) {
            listener.line(manifest.skipped().size() + " of " + manifest.done() + " clips were skipped; " + folder
                    + "/manifest.json says why");
        }
        return true;
    }

    private Found find(long number) {
        if (number >= source.count().orElseThrow()) {
            return new Found(number, null, null, "after the last");
        }
        try {
            Shape shape = source.suited(number, shapes);
            return new Found(number, shape, source.clip(number, shape), "");
        } catch (UnusableClipException e) {
            return new Found(number, null, null, String.valueOf(e.getMessage()));
        }
    }

    private Manifest block(Manifest manifest, long end, Prefetch<Found> clips) {
        Map<Shape, Group> groups = new LinkedHashMap<>();
        List<Manifest.Skipped> skipped = new ArrayList<>();
        try {
            for (long n = manifest.done(); n < end; n++) {
                Found found = clips.next();
                if (found.shape() == null || found.clip() == null) {
                    listener.line("skipped: " + found.reason());
                    skipped.add(new Manifest.Skipped(found.number(), found.reason()));
                    continue;
                }
                Group group = groups.computeIfAbsent(found.shape(), shape -> new Group());
                group.waiting.add(found.clip());
                group.numbers.add(found.number());
                if (group.waiting.size() == BATCH) {
                    code(found.shape(), group);
                }
            }
            List<Manifest.Shard> shards = new ArrayList<>();
            groups.forEach((shape, group) -> shards.add(write(manifest.done(), shape, group)));
            Manifest after = manifest.with(end, shards, skipped);
            after.write(folder);
            return after;
        } finally {
            groups.values()
                    .forEach(
                            group -> group.coded.forEach(batch -> batch.values().forEach(Scopes::free)));
        }
    }

    private void code(Shape shape, Group group) {
        long seed = group.numbers.get(group.numbers.size() - group.waiting.size());
        Scopes.run(() -> {
            Map<String, Tensor> batch = coder.code(List.copyOf(group.waiting), shape, seed);
            batch.values().forEach(Scopes::own);
            group.coded.add(batch);
        });
        group.waiting.clear();
    }

    private Manifest.Shard write(long first, Shape shape, Group group) {
        if (!group.waiting.isEmpty()) {
            code(shape, group);
        }
        String name = String.format("clips-%07d-%s.safetensors", first, shape);
        Scopes.run(() -> {
            Map<String, Tensor> all = new LinkedHashMap<>();
            for (String key : group.coded.get(0).keySet().stream().sorted().toList()) {
                all.put(
                        key,
                        Tensors.cat(
                                0,
                                group.coded.stream()
                                        .map(batch -> batch.get(key))
                                        .toArray(Tensor[]::new)));
            }
            long[] numbers = group.numbers.stream().mapToLong(Long::longValue).toArray();
            all.put(Shards.NUMBERS, Tensors.of(numbers, numbers.length));
            try {
                SafetensorsWriter.write(folder.resolve(name), all, Map.of("origin", origin()));
            } catch (IOException e) {
                throw new UncheckedIOException(folder.resolve(name) + ": cannot be written", e);
            }
        });
        return new Manifest.Shard(name, shape, group.numbers.size());
    }

    /** Opens the shards that {@link #run} made. */
    public Shards open() {
        return Shards.open(folder, origin());
    }
}
